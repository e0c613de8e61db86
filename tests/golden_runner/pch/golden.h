// What nearly every source of the golden runner includes, read by the compiler once for all of
// them: half of the time that they take to compile, most of it the JSON library's. Sources still
// include what they use.
#include <nlohmann/json.hpp>

#include <reel/core/io/safetensors.h>
#include <reel/core/ops.h>
