// What a plugin is: a library that uses reel, loaded by a program that does not know reel.
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/layers/dense.h>
#include <reel/optim/sgd.h>

// 0 when a network has taken a step on two threads.
extern "C" int plugin_train() {
  reel::set_num_threads(2);
  reel::Dense dense({.units = 64});
  reel::SGD sgd({.learning_rate = 0.1});
  reel::Tape tape;
  const reel::Tensor loss = reel::mean(reel::square(dense(reel::ones({512, 64}))));
  sgd.apply_gradients(tape.gradient(loss, dense.trainable_variables()));
  return loss.item() > 0 ? 0 : 1;
}
