// Empty braces stand for what could be left out, wherever options or a list are taken.
//
// public_types_test.py looks that no class is added whose options cannot be empty braces.
// Read before: empty_braces.h.
#include <doctest/doctest.h>

#include <reel/reel.h>

using namespace reel;

namespace {

const Tensor x{{1, 2}};

template <class Optimizer>
void check_optimizer(const Optimizer& in_braces) {
  CHECK(in_braces.get_config() == Optimizer().get_config());
}

// Names count up, and are all that differs.
template <class Made>
void check_layer(const Made& in_braces) {
  Config config = in_braces.get_config(), plain = Made().get_config();
  config.set("name", "");
  plain.set("name", "");
  CHECK(config == plain);
}

template <class Score>
void check_metric(const Score& in_braces) {
  CHECK(in_braces.name() == Score().name());
  CHECK(in_braces.state() == Score().state());
}

struct Net : Sequential {
  using Sequential::Sequential;
};

}  // namespace

TEST_CASE("an optimizer of empty braces is one of its default options") {
  check_optimizer(SGD({}));
  check_optimizer(Adadelta({}));
  check_optimizer(Adagrad({}));
  check_optimizer(Adam({}));
  check_optimizer(AdamW({}));
  check_optimizer(Adamax({}));
  check_optimizer(Ftrl({}));
  check_optimizer(Nadam({}));
  check_optimizer(RMSprop({}));
  CHECK(tf1::AdamOptimizer({}).name() == "Adam");
  SGD sgd{{}};
  CHECK(sgd.iterations() == 0);
}

TEST_CASE("a layer of empty braces is one of its default options") {
  check_layer(Add({}));
  check_layer(AveragePooling2D({}));
  check_layer(BatchNormalization({}));
  check_layer(Concatenate({}));
  check_layer(Dropout({}));
  check_layer(ELU({}));
  check_layer(Flatten({}));
  check_layer(GlobalAveragePooling2D({}));
  check_layer(GlobalMaxPooling2D({}));
  check_layer(LeakyReLU({}));
  check_layer(MaxPooling2D({}));
  check_layer(PReLU({}));
  check_layer(ReLU({}));
  check_layer(Sequential({}));
  check_layer(Softmax({}));
  check_layer(ThresholdedReLU({}));
  check_layer(UpSampling2D({}));
  check_layer(ZeroPadding2D({}));
  CHECK(Net({}).size() == 0);
  Sequential net({});
  net.add<Flatten>({});
  CHECK(net(x).shape() == Shape{1, 2});
}

TEST_CASE("a layer or a schedule that needs an option says so of empty braces") {
  CHECK_THROWS_AS(Dense({}), ValueError);
  CHECK_THROWS_AS(Conv2D({}), ValueError);
  CHECK_THROWS_AS(schedules::OneCycle({}), ValueError);
}

TEST_CASE("a metric of empty braces is the default one, a number is none") {
  check_metric(Accuracy({}));
  check_metric(AreaUnderCurve({}));
  check_metric(F1({}));
  check_metric(MeanAbsoluteError({}));
  check_metric(MeanSquaredError({}));
  check_metric(Precision({}));
  check_metric(R2({}));
  check_metric(Recall({}));
  check_metric(RootMeanSquaredError({}));
  check_metric(TopKAccuracy({}));
  CHECK(TopKAccuracy({}).k() == 5);
}

TEST_CASE("an empty list of variables in braces says what an empty vector says") {
  const Variable w(x);
  const std::vector<Variable> none;
  SGD sgd({});
  const auto said = [](auto ask) -> std::string {
    try {
      ask();
    } catch (const ValueError& error) {
      return error.what();
    }
    return "";
  };
  Tape tape({});
  const Tensor loss = sum(w * w);
  tape.watch({});
  const std::string empty = said([&] { tape.gradient(loss, none); });
  CHECK(empty != "");
  CHECK(said([&] { tape.gradient(loss, {}); }) == empty);
  CHECK(said([&] {
          tape.gradient({loss, loss}, {}, {.unconnected = Unconnected::zeros});
        }) == said([&] {
          tape.gradient({loss, loss}, none, {.unconnected = Unconnected::zeros});
        }));
  CHECK(said([&] { sgd.minimize([&] { return sum(w * w); }, {}); }) ==
        said([&] { sgd.minimize([&] { return sum(w * w); }, none); }));
  CHECK(said([&] { std::move(tape).gradient(loss, {}); }) == empty);
  sgd.apply_gradients({});
  CHECK(sgd.iterations() == 0);
  CHECK(check_constraints({}));
}
