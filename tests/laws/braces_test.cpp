// What a user writes in braces compiles: that is most of what is tested here, with both compilers.
//
// Every public function that takes several tensors, variables or whole numbers takes a list in
// braces, of one too, and still a vector, an array and a span. public_types_test.py looks that none
// is added that does not. Read before: list_of.h.
#include <doctest/doctest.h>

#include <array>

#include <reel/reel.h>

#include "temporary_folder.h"

using namespace reel;

namespace {

const Tensor a{{1, 2}}, b{{3, 4}};

bool same(const Tensor& x, const Tensor& y) {
  return x.shape() == y.shape() && x.to_vector() == y.to_vector();
}

// A net of one's own, and one that takes its options as the library's do.
struct Net : Sequential {
  using Sequential::Sequential;
};
struct Block : Layer {
  using Layer::Layer;
  Dense& dense = child<Dense>({.units = 2});
  Tensor call(const Tensor& x, const Call& call) override { return dense(x, call); }
};

}  // namespace

TEST_CASE("tensors are joined from braces, vectors, arrays and spans alike") {
  const std::vector<Tensor> vector{a, b};
  const std::array<Tensor, 2> array{a, b};
  const Tensor c_array[] = {a, b};
  const Tensor joined{{1, 2, 3, 4}};
  CHECK(same(concat({a, b}, 1), joined));
  CHECK(same(concat({{a, b}}, 1), joined));
  CHECK(same(concat(vector, 1), joined));
  CHECK(same(concat(array, 1), joined));
  CHECK(same(concat(c_array, 1), joined));
  CHECK(same(concat(std::span<const Tensor>(vector), 1), joined));
  CHECK(same(concat(std::span(c_array), 1), joined));
  CHECK(same(concat({a}, 1), a));
  CHECK(same(concat({a, 2 * b, Tensor{{5, 6}}}), Tensor{{1, 2}, {6, 8}, {5, 6}}));
  CHECK(same(concat({{{1, 2}}, {{3, 4}}}), Tensor{{1, 2}, {3, 4}}));
  CHECK(stack({a, b}, 1).shape() == Shape{1, 2, 2});
  CHECK(stack({a}).shape() == Shape{1, 1, 2});
  CHECK(same(add_n({a, b}), a + b));
  CHECK(same(add_n({a}), a));
  CHECK_THROWS_WITH_AS(add_n({}), "add_n: at least one tensor is needed; got none", ValueError);
}

TEST_CASE("a tensor is made of numbers in braces, nested or under a shape, and of lists of them") {
  const Tensor x{{1, 2}, {3, 4}};
  const float numbers[] = {1, 2, 3, 4};
  const int one = 1;
  CHECK(same(Tensor({1, 2, 3, 4}, {2, 2}), x));
  CHECK(same(Tensor({one, 2.0, 3.0f, 4}, Shape{2, 2}), x));
  CHECK(same(Tensor(numbers, {2, 2}), x));
  CHECK(same(Tensor(std::span(numbers), {2, 2}), x));
  CHECK(same(Tensor(std::vector<float>{1, 2, 3, 4}, {2, 2}), x));
  CHECK(same(Tensor(std::array<double, 4>{1, 2, 3, 4}, {2, 2}), cast(x, float64)));
  CHECK(same(Tensor({7}, {1}), Tensor{7}));
  CHECK(Tensor({1, 2}, {2}, float64).dtype() == float64);
  CHECK(Tensor({1.5}, float64).dtype() == float64);
  CHECK(Tensor(std::vector<double>{1}, {1}).dtype() == float64);
  CHECK_THROWS_WITH_AS(Tensor({1, 2}, {3}), "Tensor: shape (3,) holds 3 values; got 2", ValueError);
  CHECK_THROWS_WITH_AS(Tensor({{1, 2}}, {2}),
                       "Tensor: nested lists must have the same depth everywhere", ValueError);
}

TEST_CASE("variables stand beside tensors in braces, and are read") {
  const Variable w(a), v(b);
  const Tape tape;
  const Tensor y = sum(add_n({w, v})) + sum(concat({w, 2 * b}, 1)) + sum(stack({w, v}));
  CHECK(same(tape.gradient(y, w), Tensor{{3, 3}}));
  CHECK(same(add_n({w, b}) + add_n({b, w}), 2 * (a + b)));
}

TEST_CASE("a list of variables is one of tensors, and is read") {
  const std::vector<Variable> variables{Variable(a), Variable(b)};
  const std::array<Variable, 2> array{variables[0], variables[1]};
  Add add;
  const auto value = [&](const auto& of) {
    return sum(concat(of, 1) * Tensor{{1, 2, 3, 4}}) + sum(stack(of, 1)) + sum(add_n(of)) +
           sum(add(of)) + sum(add.apply(of));
  };
  const Tensor plain = value(std::vector{a, b});
  const auto check = [&](const auto& of) {
    const Tape tape;
    const Tensor y = value(of);
    CHECK(same(y, plain));
    const auto gradients = tape.gradient(y, variables);
    CHECK(same(gradients[0].gradient, Tensor{{5, 6}}));
    CHECK(same(gradients[1].gradient, Tensor{{7, 8}}));
  };
  check(variables);
  check(array);
  check(std::span(variables));
  const ListOf<Tensor> kept = ListOf<Tensor>(variables);
  CHECK(same(kept[1], b));
  CHECK(concat(std::vector{Variable(a)}, 1).shape() == a.shape());
  CHECK_THROWS_WITH_AS(concat(std::vector<Variable>(), 1),
                       "concat: at least one tensor is needed; got none", ValueError);
}

TEST_CASE("positions and labels stand in braces, one of them too") {
  const Tensor x{{1, 2}, {3, 4}, {5, 6}};
  CHECK(same(gather(x, {0, 2}), Tensor{{1, 2}, {5, 6}}));
  CHECK(same(gather(x, {1}), Tensor{{3, 4}}));
  CHECK(same(gather(x, {1, 1, 0}, 1), Tensor{{2, 2, 1}, {4, 4, 3}, {6, 6, 5}}));
  CHECK(same(one_hot({1, 0}, 2), Tensor{{0, 1}, {1, 0}}));
  CHECK(same(one_hot({1}, 2), Tensor{{0, 1}}));
  const std::vector<std::int32_t> labels{1, 0, 1}, first{1};
  CHECK(same(softmax_cross_entropy(x, {1, 0, 1}), softmax_cross_entropy(x, labels)));
  CHECK(same(softmax_cross_entropy(b, {1}), softmax_cross_entropy(b, first)));
  const Tensor z({{1, 2}, {3, 4}});
  CHECK(same(softmax_cross_entropy(z, {{0, 1}, {1, 0}}), softmax_cross_entropy(z, {1, 0})));
  CHECK(same(softmax_cross_entropy(Tensor({{1, 2}}, float64), {{0, 1}}),
             softmax_cross_entropy(Tensor({{1, 2}}, float64), {1})));
  CHECK(same(softmax_cross_entropy(x, {1, 0, 1}, {.reduction = Reduction::sum}),
             softmax_cross_entropy(x, labels, {.reduction = Reduction::sum})));
  CHECK(same(sparse_softmax_cross_entropy(x, {1, 0, 1}), softmax_cross_entropy(x, labels)));
  CHECK(same(sparse_softmax_cross_entropy(b, {1}), softmax_cross_entropy(b, first)));
  CHECK(x.at({2, 1}) == 6);
  CHECK(a.at({0, -1}) == x.at(0, 1));
  CHECK(drawn_shapes({.train = 10, .test = 10}).train.gather({3, 3, 0}).size() == 3);
}

TEST_CASE("what is watched stands in braces or in a list: tensors, variables, one or none") {
  const Variable w(a), v(b);
  const std::vector<Variable> variables{w, v};
  const std::vector<Tensor> tensors{a, b};
  const auto watched = [&](const auto& watch) {
    Tape tape({.watch_accessed_variables = false});
    watch(tape);
    const Tensor loss = sum(w * v * a * b);
    std::string which;
    const auto add = [&](const char* name, const auto& source) {
      const Unconnected none = Unconnected::none;
      if (tape.gradient(loss, source, {.unconnected = none}).defined()) which += name;
    };
    add("w", w);
    add("v", v);
    add("a", a);
    add("b", b);
    return which;
  };
  CHECK(watched([&](Tape& tape) { tape.watch({w, v}); }) == "wv");
  CHECK(watched([&](Tape& tape) { tape.watch({w}); }) == "w");
  CHECK(watched([&](Tape& tape) { tape.watch(v); }) == "v");
  CHECK(watched([&](Tape& tape) { tape.watch(variables); }) == "wv");
  CHECK(watched([&](Tape& tape) { tape.watch({a, b}); }) == "ab");
  CHECK(watched([&](Tape& tape) { tape.watch({b}); }) == "b");
  CHECK(watched([&](Tape& tape) { tape.watch(a); }) == "a");
  CHECK(watched([&](Tape& tape) { tape.watch(tensors); }) == "ab");
  CHECK(watched([&](Tape& tape) { tape.watch(std::vector<Tensor>()); }) == "");
  const auto with_one_missing = [&](Tape& tape) {
    CHECK_THROWS_WITH_AS(tape.watch({a, Tensor()}),
                         "Tape: watch needs a tensor; got an undefined one", ValueError);
    CHECK_THROWS_WITH_AS(tape.watch({w, Variable()}), "Tape: watch needs a variable; got none",
                         ValueError);
  };
  CHECK(watched(with_one_missing) == "");
}

TEST_CASE("a gradient in braces is a list, of variables with them, of tensors without") {
  const Variable w(a), v(b);
  SGD sgd({.learning_rate = 1});
  Tape tape;
  tape.watch({w, v});
  tape.watch({a, b});
  const Tensor loss = sum(w * w * v) + sum(a * b);
  const std::vector<VariableGradient> of_variables = tape.gradient(loss, {w, v});
  CHECK(of_variables[1].variable == v);
  CHECK(same(of_variables[1].gradient, a * a));
  const std::vector<VariableGradient> of_one = tape.gradient(loss, {w});
  CHECK(same(of_one[0].gradient, 2 * a * b));
  const std::vector<Tensor> of_tensors = tape.gradient(loss, {a, b});
  CHECK(same(of_tensors[0], b));
  CHECK(tape.gradient(loss, {a}).size() == 1);
  CHECK(tape.gradient({loss, loss}, {a, b}, {.unconnected = Unconnected::zeros}).size() == 2);
  CHECK(same(tape.gradient(loss, {{a, b}})[0], b));
  const std::vector<Tensor> jacobians = tape.jacobian(loss, {a, b});
  CHECK(same(jacobians[1], a));
  const std::vector<VariableGradient> rows = tape.jacobian(loss, {w}, Unconnected::zeros);
  CHECK(same(rows[0].gradient, 2 * a * b));
  CHECK(tape.reaches({a.id(), b.id()}, loss));
  CHECK(graph_reaches({a.id()}, loss.id()));
  sgd.apply_gradients(std::move(tape).gradient(loss, {w, v}));
  CHECK(same(v.value(), b - a * a));
  sgd.apply_gradients({{w, a}, {v, b}});
  sgd.minimize([&] { return sum(w * v); }, {w, v});
}

TEST_CASE("functions of variables take them in braces") {
  const Variable w(a), v(b);
  const auto loss = [&] { return sum(w * w * v); };
  CHECK(same(hessian_vector_product(loss, {w, v}, {ones({1, 2}), zeros({1, 2})})[1], 2 * a));
  CHECK(check_constraints({w, v}));
  CHECK(check_constraints({w}));
  const VariableStore store;
  const Variable first = get_variable("first", {2}), second = get_variable("second", {2});
  collections::initialize({first, second});
  collections::initialize({first});
}

TEST_CASE("layers take inputs, shapes and options in braces") {
  Add add({.name = "sum"});
  CHECK(same(add({a, b}), a + b));
  CHECK(same(add.apply({a, b}), a + b));
  CHECK(add.compute_output_shape({Shape{1, 2}, Shape{4, 1}}) == Shape{4, 2});
  CHECK(add.compute_output_shape({{1, 2}, {4, 1}}) == Shape{4, 2});
  Concatenate join;
  CHECK(join.compute_output_shape({{1, 2}, {1, 3}}) == Shape{1, 5});
  join.build({{1, 2}, {1, 3}});
  CHECK(join.built());
  Dense dense({.units = 3});
  dense.build({Shape::unknown, 4});
  CHECK(dense.compute_output_shape({5, 4}) == Shape{5, 3});

  CHECK(Sequential({.name = "named"}).name() == "named");
  CHECK(Sequential({.trainable = false, .name = "frozen"}).trainable() == false);
  CHECK(Net({.name = "net"}).name() == "net");
  CHECK(Block({.name = "block"}).name() == "block");
  Sequential in_braces{{.name = "in_braces"}};
  CHECK(in_braces.name() == "in_braces");
  Sequential net("net");
  CHECK(Sequential(std::string("text")).name() == "text");
  CHECK(net.child<Block>({.name = "child"}).name() == "child");
  CHECK(net.add<Sequential>({.name = "inner"}).name() == "inner");
  CHECK(net.add<Sequential>("by_name").name() == "by_name");
}

TEST_CASE("what a training loop shows and writes stands in single braces, triple ones go on") {
  const TemporaryFolder folder;
  Progress progress(3, 2, {.out = std::fopen("/dev/null", "w")});
  progress.step(4, {{"loss", 0.5}, {"accuracy", 0.75}});
  progress.step(4, {{"loss", 0.5}});
  progress.end_epoch({{"loss", 0.5}});
  progress.end_epoch({{{"loss", 0.5}}});
  progress.step(4, {});
  progress.end_epoch({{{"loss", 0.5}, {"accuracy", 0.75}, {"test", 1}}});
  {
    JsonLines lines(folder / "m");
    lines.write({{"epoch", 3}, {"loss", 0.25}, {"event", "stop"}});
    lines.write({{"event", "stop"}});
    lines.write({{"size", std::vector<int>(3).size()}, {"text", std::string_view("x")}});
    lines.write({{{"event", "stop"}}});
    lines.write({{{"event", "stop"}, {"epoch", Index{3}}}});
    lines.write(std::vector<JsonField>{{"a", 1}, {"b", 2}});
  }
  CHECK(read_bytes(folder / "m") ==
        "{\"epoch\":3,\"loss\":0.25,\"event\":\"stop\"}\n{\"event\":\"stop\"}\n"
        "{\"size\":3,\"text\":\"x\"}\n"
        "{\"event\":\"stop\"}\n{\"event\":\"stop\",\"epoch\":3}\n{\"a\":1,\"b\":2}\n");
}
