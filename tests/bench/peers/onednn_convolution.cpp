// oneDNN's side of the race: its primitives called directly, relu fused into the last convolution.
//
// Format "plain": x, y, dy, dx in the row's layout and kernels and their gradients in plain (out,
// in, rows, columns) order; whatever oneDNN wants otherwise it gets by reorders, which are timed.
// "pinned" is the same with every activation in the row's layout (no reorder of images: the faster
// of the two is the peer). "preferred": all formats of its own choice, no reorder of x, y, dy, dx.
// Read before: contestant.h.
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "../contestant.h"

namespace {

using namespace dnnl;
using Description = memory::desc;
using Tag = memory::format_tag;

/// A convolution among those of a row, with bias and relu if it is the last.
struct Part {
  memory::dims x, kernel, y, strides, dilation, before, after;
  Tag kernel_plain = Tag::oihw;
  bool is_last = true;
};

std::vector<Part> parts_of(const Workload& w) {
  const auto before = [&](int side) {
    return memory::dims{w.padding(w.rows, w.kernel_rows)[side],
                        w.padding(w.columns, w.kernel_columns)[side]};
  };
  const bool separable = w.kind == Kind::separable;
  const auto filters = separable ? w.depth() : w.filters;
  const auto groups = w.kind == Kind::dense ? w.groups : w.channels;
  Part first{{w.batch, w.channels, w.rows, w.columns},
             {filters, w.channels, w.kernel_rows, w.kernel_columns},
             {w.batch, filters, w.out_rows(), w.out_columns()},
             {w.stride, w.stride},
             {w.dilation - 1, w.dilation - 1},
             before(0),
             before(1)};
  if (groups > 1 || w.kind != Kind::dense) {
    first.kernel = {groups, filters / groups, w.channels / groups, w.kernel_rows, w.kernel_columns};
    first.kernel_plain = Tag::goihw;
  }
  if (!separable) return {first};
  first.is_last = false;
  memory::dims y = first.y;
  y[1] = w.filters;
  return {first, {first.y, {w.filters, filters, 1, 1}, y, {1, 1}, {0, 0}, {0, 0}, {0, 0}}};
}

class Net {
 public:
  explicit Net(const Workload& w);
  void run();

 private:
  using Arguments = std::unordered_map<int, memory>;
  struct Step {
    primitive work;
    Arguments arguments;
  };
  /// A part with its memory, as the way back needs it.
  struct Made {
    Part part;
    convolution_forward::primitive_desc description;
    memory x, kernel_given, y;
  };

  memory fresh(const Description& description) {
    memory m(description, engine_);
    auto* values = static_cast<float*>(m.get_data_handle());
    for (std::size_t i = 0; i < description.get_size() / sizeof(float); ++i)
      values[i] = static_cast<float>(i * 7919 % 1009) / 504.5f - 1.0f;
    return m;
  }
  void add(const primitive& work, Arguments arguments) {
    steps_.push_back({work, std::move(arguments)});
  }
  /// `from` in the format of `to`: itself if they agree.
  memory as(const memory& from, const Description& to) {
    if (from.get_desc() == to) return from;
    memory m = fresh(to);
    add(reorder(from, m), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, m}});
    return m;
  }
  /// A result that the caller wants in a plain format.
  void deliver(const memory& made, const memory::dims& dims, Tag plain) {
    if (!free_outside_) as(made, {dims, f32, plain});
  }
  Made forward(const Part& part, const memory* x);
  memory backward(const Made& made, memory dy);

  static constexpr auto f32 = memory::data_type::f32;
  static constexpr auto direct = algorithm::convolution_direct;
  engine engine_{engine::kind::cpu, 0};
  stream stream_{engine_};
  Tag layout_, inside_;
  bool free_outside_;
  prop_kind kind_;
  std::vector<Step> steps_;
};

Net::Net(const Workload& w)
    : layout_(w.channels_first ? Tag::nchw : Tag::nhwc),
      inside_(w.format == "pinned" ? layout_ : Tag::any),
      free_outside_(w.format == "preferred"),
      kind_(w.training ? prop_kind::forward_training : prop_kind::forward_inference) {
  if (w.float64) throw std::runtime_error("oneDNN has no float64 convolution");
  std::vector<Made> made;
  for (const Part& part : parts_of(w))
    made.push_back(forward(part, made.empty() ? nullptr : &made.back().y));
  const Made& last = made.back();
  deliver(last.y, last.part.y, layout_);
  if (!w.training) return;

  // The way back: relu from its result, then the gradients of each part.
  const Description format = last.y.get_desc();
  const memory dy_given = fresh(free_outside_ ? format : Description(last.part.y, f32, layout_));
  const memory dy = as(dy_given, format);
  const eltwise_forward::primitive_desc hint(
      {kind_, algorithm::eltwise_relu_use_dst_for_bwd, format, 0.0f}, engine_);
  const eltwise_backward::primitive_desc relu(
      {algorithm::eltwise_relu_use_dst_for_bwd, format, format, 0.0f}, engine_, hint);
  memory gradient = fresh(format);
  add(eltwise_backward(relu),
      {{DNNL_ARG_DST, last.y}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, gradient}});
  for (auto it = made.rbegin(); it != made.rend(); ++it) gradient = backward(*it, gradient);
  deliver(gradient, made.front().part.x, layout_);
}

/// `x` is the result of the part before, or null: the row's own x.
Net::Made Net::forward(const Part& part, const memory* x) {
  const Description x_any = x ? x->get_desc() : Description(part.x, f32, inside_);
  const Description kernel_any(part.kernel, f32, Tag::any), y_any(part.y, f32, inside_);
  const Description bias({part.y[1]}, f32, Tag::a);
  primitive_attr with_relu;
  if (part.is_last) {
    post_ops relu;
    relu.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
    with_relu.set_post_ops(relu);
  }
  const Description no_bias;
  const convolution_forward::primitive_desc description(
      {kind_, direct, x_any, kernel_any, part.is_last ? bias : no_bias, y_any, part.strides,
       part.dilation, part.before, part.after},
      with_relu, engine_);
  const memory x_given = x               ? *x
                         : free_outside_ ? fresh(description.src_desc())
                                         : fresh({part.x, f32, layout_});
  Made made{part, description, as(x_given, description.src_desc()),
            fresh(free_outside_ ? description.weights_desc()
                                : Description(part.kernel, f32, part.kernel_plain)),
            fresh(description.dst_desc())};
  Arguments arguments{{DNNL_ARG_SRC, made.x},
                      {DNNL_ARG_WEIGHTS, as(made.kernel_given, description.weights_desc())},
                      {DNNL_ARG_DST, made.y}};
  if (part.is_last) arguments[DNNL_ARG_BIAS] = fresh(bias);
  add(convolution_forward(description), std::move(arguments));
  return made;
}

/// The gradients of a part's weights are made and delivered, that of its x is returned.
memory Net::backward(const Made& made, memory dy) {
  const Part& part = made.part;
  const Description kernel_any(part.kernel, f32, Tag::any), bias({part.y[1]}, f32, Tag::a);
  const Description no_bias, x = made.description.src_desc(), y = made.description.dst_desc();
  const convolution_backward_weights::primitive_desc of_weights(
      {direct, x, kernel_any, part.is_last ? bias : no_bias, y, part.strides, part.dilation,
       part.before, part.after},
      engine_, made.description);
  const memory dw = fresh(of_weights.diff_weights_desc());
  Arguments arguments{{DNNL_ARG_SRC, made.x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_WEIGHTS, dw}};
  if (part.is_last) arguments[DNNL_ARG_DIFF_BIAS] = fresh(bias);
  add(convolution_backward_weights(of_weights), std::move(arguments));
  deliver(dw, part.kernel, part.kernel_plain);

  const convolution_backward_data::primitive_desc of_x(
      {direct, x, kernel_any, y, part.strides, part.dilation, part.before, part.after}, engine_,
      made.description);
  const memory dx = fresh(x);
  add(convolution_backward_data(of_x),
      {{DNNL_ARG_DIFF_DST, dy},
       {DNNL_ARG_WEIGHTS, as(made.kernel_given, of_x.weights_desc())},
       {DNNL_ARG_DIFF_SRC, dx}});
  return dx;
}

void Net::run() {
  for (const Step& step : steps_) step.work.execute(stream_, step.arguments);
  stream_.wait();
}

}  // namespace

int main(int argc, char** argv) {
  return contestant_main(argc, argv, [](const Workload& w) {
    const auto net = std::make_shared<Net>(w);
    return [net] { net->run(); };
  });
}
