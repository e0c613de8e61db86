#include <doctest/doctest.h>

#include <stdio.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/optim/run/progress.h>

using namespace reel;
using Mode = ProgressOptions::Mode;

namespace {

double test_seconds = 0.0;
double test_clock() { return test_seconds; }

// What a Progress writes into a file that lives in memory.
class Screen {
 public:
  Screen() : file_(open_memstream(&text_, &size_)) { test_seconds = 100.0; }
  ~Screen() {
    fclose(file_);
    free(text_);
  }
  ProgressOptions options(Mode mode, int columns = 120) const {
    return {.out = file_, .mode = mode, .columns = columns, .clock = test_clock};
  }
  std::string text() const {
    fflush(file_);
    return std::string(text_, size_);
  }

 private:
  char* text_ = nullptr;
  size_t size_ = 0;
  FILE* file_;
};

const std::vector<Figure> figures = {{"loss", 0.5}, {"accuracy", 0.75}};

}  // namespace

TEST_CASE("a live line is drawn over and shows the bar, the figures, the rate and the time left") {
  Screen screen;
  Progress progress(2, 4, screen.options(Mode::live));
  test_seconds += 1.0;
  progress.step(10, figures);
  CHECK(screen.text() ==
        "\repoch 1/2 [=====>              ] 1/4  loss 0.5000  accuracy 0.7500  10 images/s  "
        "ETA 0:07\x1b[K");
}

TEST_CASE("a live line that is cut ends with a whole character") {
  const auto cut_at = [](int columns) {
    Screen screen;
    Progress progress(1, 4, screen.options(Mode::live, columns));
    test_seconds += 1.0;
    progress.step(10, {{"loss \u00e4", 0.5}});
    return screen.text();
  };
  CHECK(cut_at(46).ends_with("  loss \u00e4\x1b[K"));
  CHECK(cut_at(45).ends_with("  loss \x1b[K"));
}

TEST_CASE("a live line is redrawn at most ten times a second") {
  Screen screen;
  Progress progress(1, 1000, screen.options(Mode::live));
  for (int i = 0; i < 500; ++i) {
    test_seconds += 0.002;
    progress.step(1, figures);
  }
  std::size_t drawn = 0;
  for (const char c : screen.text()) drawn += c == '\r';
  CHECK(drawn >= 9);
  CHECK(drawn <= 10);
}

TEST_CASE("a live line never reaches the terminal's last column, so that it can be drawn over") {
  Screen screen;
  Progress progress(1, 4, screen.options(Mode::live, 20));
  progress.step(10, figures);
  CHECK(screen.text() == "\repoch 1/1 [=====>  \x1b[K");
}

TEST_CASE("an epoch leaves one line behind, with its own rate and duration") {
  Screen screen;
  Progress progress(2, 1, screen.options(Mode::lines));
  test_seconds += 1.0;
  progress.step(10, figures);
  progress.end_epoch(figures);
  test_seconds += 65.0;
  progress.step(130, figures);
  progress.end_epoch(figures);
  CHECK(screen.text() ==
        "epoch 1/2  loss 0.5000  accuracy 0.7500  10 images/s  0:01\n"
        "epoch 2/2 step 1/1  loss 0.5000  accuracy 0.7500  2 images/s  ETA 0:00\n"
        "epoch 2/2  loss 0.5000  accuracy 0.7500  2 images/s  1:05\n");
}

TEST_CASE("what happens after an epoch's last step counts for its duration, not for its rate") {
  Screen screen;
  Progress progress(1, 1, screen.options(Mode::lines));
  test_seconds += 2.0;
  progress.step(10, figures);
  test_seconds += 8.0;
  progress.end_epoch(figures);
  CHECK(screen.text() == "epoch 1/1  loss 0.5000  accuracy 0.7500  5 images/s  0:10\n");
}

TEST_CASE("lines for a pipe hold no control characters and come every ten seconds") {
  Screen screen;
  Progress progress(1, 100, screen.options(Mode::lines));
  for (int i = 0; i < 25; ++i) {
    test_seconds += 1.0;
    progress.step(2, figures);
  }
  CHECK(screen.text() ==
        "epoch 1/1 step 10/100  loss 0.5000  accuracy 0.7500  2 images/s  ETA 1:30\n"
        "epoch 1/1 step 20/100  loss 0.5000  accuracy 0.7500  2 images/s  ETA 1:20\n");
}

TEST_CASE("a file is no terminal") {
  Screen screen;
  Progress progress(1, 2, screen.options(Mode::automatic));
  progress.step(1, figures);
  progress.end_epoch(figures);
  CHECK(screen.text().find('\r') == std::string::npos);
}

TEST_CASE("the end of a Progress ends the line that is being drawn") {
  Screen screen;
  { Progress(1, 4, screen.options(Mode::live)).step(1, figures); }
  CHECK(screen.text().back() == '\n');
}

TEST_CASE("hours are shown when there are any") {
  Screen screen;
  Progress progress(1, 2, screen.options(Mode::lines));
  test_seconds += 3723.0;
  progress.step(1, figures);
  CHECK(screen.text().find("ETA 1:02:03\n") != std::string::npos);
}

TEST_CASE("a Progress needs an epoch and a step") {
  CHECK_THROWS_WITH_AS(Progress(0, 1), "Progress: epochs must be at least 1; got 0", ValueError);
  CHECK_THROWS_WITH_AS(Progress(1, 0), "Progress: steps must be at least 1; got 0", ValueError);
}
