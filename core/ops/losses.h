// All losses. Read next: loss.h.
#pragma once

#include <reel/core/ops/error_losses.h>
#include <reel/core/ops/loss.h>
#include <reel/core/ops/margin_losses.h>
#include <reel/core/ops/probability_losses.h>
