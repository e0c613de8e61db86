// The loop. It knows no callback: `TrainingRun` does.
//
// Read before: fit.h. Read next: training_run.h.
#include <reel/optim/run/fit.h>

#include <reel/optim/run/micro_batches.h>
#include <reel/optim/run/saved_training.h>
#include <reel/optim/run/training_run.h>

namespace reel {

History fit(Layer& net, Loader& loader, Optimizer& optimizer, const FitOptions& options) {
  TrainingRun run(net, loader, optimizer, options);
  if (!options.resume.empty()) load_training(options.resume, run);
  run.start();
  while (run.goes_on())
    for (const Batch& batch : loader) {
      std::vector<VariableGradient> gradients;
      for (const Batch& piece : micro_batches(batch, options.micro_batches)) {
        const double share = static_cast<double>(piece.size()) / static_cast<double>(batch.size());
        Tape tape;
        const Tensor y = net(piece.features(), {.training = true});
        const Tensor loss =
            loss_of_piece(net, options.loss(y, piece), piece, gradients.empty(), share);
        run.count(piece, y, loss);
        add_gradients(gradients, std::move(tape).gradient(loss, net.trainable_variables()));
        net.apply_updates();
      }
      optimizer.apply_gradients(gradients);
      run.end_step();
      if (!run.goes_on()) break;
    }
  return run.end();
}

}  // namespace reel
