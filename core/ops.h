// The catalogue of ops: every function that appears on a tape, by family.
//
// An op is one function: it checks its arguments, computes, and records its gradient rules under
// the forward code (record.h). All ops take tensors, variables or numbers (operand.h), work in
// float32 and float64, and never change their arguments. The catalogue knows no tape: what computes
// need not be what differentiates. Read before: operand.h, record.h. Read next: jacobian.cpp,
// elementwise.h.
#pragma once

#include <reel/core/ops/convolution.h>
#include <reel/core/ops/dropout_op.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/losses.h>
#include <reel/core/ops/matmul.h>
#include <reel/core/ops/normalization.h>
#include <reel/core/ops/pooling.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/separable_convolution.h>
#include <reel/core/ops/shape_ops.h>
