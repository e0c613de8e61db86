// The networks that are raced, of the kinds that people begin with. Read before: network_plan.h.
#pragma once

#include "network_plan.h"

inline const std::vector<NetworkWorkload>& network_plans() {
  static const std::vector<NetworkWorkload> plans{
      {"lenet",
       "conv:6:5:1:relu pool:2:2 conv:16:5:1:relu pool:2:2 flatten dense:120:relu dense:84:relu "
       "dense:10",
       "classes",
       {28, 28, 1}},
      {"vgg",
       "convnorm:32:3:1:relu convnorm:32:3:1:relu pool:2:2 convnorm:64:3:1:relu "
       "convnorm:64:3:1:relu pool:2:2 convnorm:128:3:1:relu convnorm:128:3:1:relu pool:2:2 "
       "flatten dense:128:relu dense:10",
       "classes",
       {32, 32, 3}},
      {"resnet8",
       "convnorm:16:3:1:relu "
       "save convnorm:16:3:1:relu convnorm:16:3:1 add act:relu "
       "save convnorm:32:3:2:relu convnorm:32:3:1 shortcut:32:2 add act:relu "
       "save convnorm:64:3:2:relu convnorm:64:3:1 shortcut:64:2 add act:relu mean dense:10",
       "classes",
       {32, 32, 3}},
      // Version 1, half as many filters.
      {"mobilenet",
       "convnorm:16:3:2:relu dwnorm:3:1:relu convnorm:32:1:1:relu "
       "dwnorm:3:2:relu convnorm:64:1:1:relu dwnorm:3:1:relu convnorm:64:1:1:relu "
       "dwnorm:3:2:relu convnorm:128:1:1:relu dwnorm:3:1:relu convnorm:128:1:1:relu "
       "dwnorm:3:2:relu convnorm:256:1:1:relu dwnorm:3:1:relu convnorm:256:1:1:relu "
       "dwnorm:3:1:relu convnorm:256:1:1:relu dwnorm:3:1:relu convnorm:256:1:1:relu "
       "dwnorm:3:1:relu convnorm:256:1:1:relu dwnorm:3:1:relu convnorm:256:1:1:relu "
       "dwnorm:3:2:relu convnorm:512:1:1:relu dwnorm:3:1:relu convnorm:512:1:1:relu "
       "mean dense:100",
       "classes",
       {96, 96, 3}},
      {"xception",
       "convnorm:32:3:2:relu convnorm:64:3:1:relu "
       "save sepnorm:128:3:1:relu sepnorm:128:3:1 pool:3:2 shortcut:128:2 add "
       "save act:relu sepnorm:256:3:1:relu sepnorm:256:3:1 pool:3:2 shortcut:256:2 add "
       "save act:relu sepnorm:256:3:1:relu sepnorm:256:3:1:relu sepnorm:256:3:1 add "
       "save act:relu sepnorm:256:3:1:relu sepnorm:256:3:1:relu sepnorm:256:3:1 add "
       "sepnorm:512:3:1:relu mean dense:10",
       "classes",
       {64, 64, 3}},
      {"unet",
       "conv:16:3:1:relu conv:16:3:1:relu save pool:2:2 conv:32:3:1:relu conv:32:3:1:relu save "
       "pool:2:2 conv:64:3:1:relu conv:64:3:1:relu up concat conv:32:3:1:relu conv:32:3:1:relu up "
       "concat conv:16:3:1:relu conv:16:3:1:relu conv:1:1:1",
       "binary",
       {64, 64, 1}},
      {"autoencoder",
       "conv:16:3:2:relu conv:32:3:2:relu conv:8:3:1:relu up conv:32:3:1:relu up conv:16:3:1:relu "
       "conv:1:3:1:sigmoid",
       "squares",
       {28, 28, 1}},
      {"mlp", "dense:512:relu dense:256:relu dense:10", "classes", {784}},
      {"xor", "dense:8:tanh dense:1", "binary", {2}},
  };
  return plans;
}
