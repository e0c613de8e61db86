// A trace as JSON, to be read by other programs; the theatre's page reads nothing else.
//
// One object, schema "reel.trace/1". Indices count from 0; -1, or a key that is missing, is "none".
// Elements are the shortest decimal numbers that give the same float32 or float64 again (-0.0,
// too); NaN and infinities are the texts "nan", "inf", "-inf", in attributes, too.
//
//   schema, title, made_by
//   sources []    {file, lines []}: files of the user's; lines is null where the file is not there
//   values []     {shape [], dtype, data []}, row-major; of more than 512 elements base64 in place
//                 of data: their bytes, little endian; beyond the budget neither, but {least,
//                 greatest, mean, nans, infinities, histogram [16]}, with a budget of 0 not these
//   variables []  {name, kind, trainable, shape, dtype, reads [nodes]}, as they were first read
//   intervals []  {kind: layer, function or recompute; name, path, outer (interval), first, last
//                 (nodes, inclusive; last < first where it made none)}, as they began
//   nodes []      {op, inputs [nodes or -1], value, watched, source, line, interval, bytes, ns,
//                 flops, attributes {}, variable, pass, name, sentence, expression}; op is "read"
//                 for a read of `variable`, "watch" for a tensor given to `watch`, "constant" for
//                 one from outside; `pass`: made while that backward pass ran; `name`: what the
//                 source calls the result
//   events []     {kind, source, line, ns, at (ns since the trace began), ...}, by kind:
//     forward     {node}
//     pass        {pass, targets [nodes], variables [variables], tensors [nodes]}
//     seed        {pass, node, gradient, had, now}: what a target weighs
//     backward    {pass, node, to, input, gradient, before_sum, contribution, had, now}: a rule of
//                 `node`, whose dy is `gradient`, gave the gradient of its `input`-th argument,
//                 made by node `to`; before_sum is what it gave before a broadcast was summed down
//                 to `contribution`; `had` + contribution = `now`, or without `had` contribution =
//                 now
//     total       {pass, variable or tensor (a node), reads [nodes], parts [values], gradient}: the
//                 answer for one source, the sum of its reads' gradients in that order
//     pass_end    {pass}
//     loss        {owner, loss: activity, penalty, tensor or function; node, value, variable}: a
//                 term of a layer's losses was read
//     update      {owner, variable, before, after}: an update of a layer's was applied
//     step        {optimizer, config {}, step, rate, variable, gradient, before, after}
//     project     {optimizer, constraint {name, parameters {}}, variable, before, after, axes,
//     bound,
//                 norms_before, norms_after (values)}: the last four where the constraint has them
//     step_end    {optimizer, step}
//
// Read before: trace.h. Read next: trace_json.cpp, theatre.h.
#pragma once

#include <filesystem>
#include <string>

#include <reel/core/inspect/trace.h>

namespace reel {

/// The trace as JSON text. The user's source files are read now.
std::string trace_json(const Trace& trace);

/// The same into a file, which is replaced as a whole. IoError.
void write_trace(const Trace& trace, const std::filesystem::path& file);

}  // namespace reel
