// The most float32 multiply-adds that this CPU does: the floor under every time of a convolution.
#pragma once

/// GFLOP/s of `threads` threads at once, each with accumulators enough to hide the latency: the sum
/// of the best that each shows in many short runs, with the widest instruction set of the CPU.
double fma_peak(int threads);
