// oneDNN's side of the race: its primitives called directly, relu fused into the pointwise one.
//
// Format "plain": x, y, dy, dx in the row's layout and kernels and their gradients in plain (out,
// in, rows, columns) order; whatever oneDNN wants otherwise it gets by reorders, which are timed.
// "pinned" is the same with every activation in the row's layout (no reorder of images: the faster
// of the two is the peer). "preferred": all formats of its own choice, no reorder of x, y, dy, dx.
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "../contestant.h"

namespace {

using namespace dnnl;
using Description = memory::desc;
using Tag = memory::format_tag;

class Separable {
 public:
  explicit Separable(const Workload& w);
  void run();

 private:
  using Arguments = std::unordered_map<int, memory>;
  struct Step {
    primitive work;
    Arguments arguments;
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
  /// Where a primitive may write what must end in `wanted`; `deliver` brings it there.
  void deliver(const memory& made, const Description& wanted) { as(made, wanted); }

  engine engine_{engine::kind::cpu, 0};
  stream stream_{engine_};
  std::vector<Step> steps_;
};

Separable::Separable(const Workload& w) {
  constexpr auto f32 = memory::data_type::f32;
  constexpr auto direct = algorithm::convolution_direct;
  if (w.float64) throw std::runtime_error("oneDNN has no float64 convolution");
  const Tag layout = w.channels_first ? Tag::nchw : Tag::nhwc;
  const bool free_outside = w.format == "preferred";
  const Tag inside = w.format == "pinned" ? layout : Tag::any;

  const memory::dims x_dims{w.batch, w.channels, w.rows, w.columns};
  const memory::dims t_dims{w.batch, w.depth(), w.out_rows(), w.out_columns()};
  const memory::dims y_dims{w.batch, w.filters, w.out_rows(), w.out_columns()};
  const memory::dims d_dims{w.channels, w.multiplier, 1, w.kernel, w.kernel};
  const memory::dims p_dims{w.filters, w.depth(), 1, 1};
  const memory::dims strides{w.stride, w.stride}, dilation{w.dilation - 1, w.dilation - 1};
  const memory::dims before{w.padding(w.rows)[0], w.padding(w.columns)[0]};
  const memory::dims after{w.padding(w.rows)[1], w.padding(w.columns)[1]};
  const memory::dims one{1, 1}, zero{0, 0};

  const Description x_any(x_dims, f32, inside), t_any(t_dims, f32, inside);
  const Description y_any(y_dims, f32, inside), d_any(d_dims, f32, Tag::any);
  const Description p_any(p_dims, f32, Tag::any), b_plain({w.filters}, f32, Tag::a);
  const Description x_plain(x_dims, f32, layout), y_plain(y_dims, f32, layout);
  const Description d_plain(d_dims, f32, Tag::goihw), p_plain(p_dims, f32, Tag::oihw);

  const auto kind = w.training ? prop_kind::forward_training : prop_kind::forward_inference;
  const convolution_forward::primitive_desc depthwise(
      {kind, direct, x_any, d_any, t_any, strides, dilation, before, after}, engine_);
  primitive_attr with_relu;
  post_ops relu;
  relu.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
  with_relu.set_post_ops(relu);
  const convolution_forward::primitive_desc pointwise(
      {kind, direct, depthwise.dst_desc(), p_any, b_plain, y_any, one, zero, zero, zero}, with_relu,
      engine_);

  // Forward.
  const memory x_given = fresh(free_outside ? depthwise.src_desc() : x_plain);
  const memory d_given = fresh(free_outside ? depthwise.weights_desc() : d_plain);
  const memory p_given = fresh(free_outside ? pointwise.weights_desc() : p_plain);
  const memory bias = fresh(b_plain);
  const memory x = as(x_given, depthwise.src_desc());
  const memory d = as(d_given, depthwise.weights_desc());
  const memory p = as(p_given, pointwise.weights_desc());
  const memory t = fresh(depthwise.dst_desc()), y = fresh(pointwise.dst_desc());
  add(convolution_forward(depthwise),
      {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, d}, {DNNL_ARG_DST, t}});
  add(convolution_forward(pointwise),
      {{DNNL_ARG_SRC, t}, {DNNL_ARG_WEIGHTS, p}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, y}});
  if (!free_outside) deliver(y, y_plain);
  if (!w.training) return;

  // Backward: relu from its result, then both gradients of the pointwise and of the depthwise part.
  const Description y_made = pointwise.dst_desc();
  const memory dy_given = fresh(free_outside ? y_made : y_plain);
  const memory dy = as(dy_given, y_made);
  const eltwise_forward::primitive_desc relu_hint(
      {kind, algorithm::eltwise_relu_use_dst_for_bwd, y_made, 0.0f}, engine_);
  const eltwise_backward::primitive_desc relu_backward(
      {algorithm::eltwise_relu_use_dst_for_bwd, y_made, y_made, 0.0f}, engine_, relu_hint);
  const memory dz = fresh(y_made);
  add(eltwise_backward(relu_backward),
      {{DNNL_ARG_DST, y}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dz}});

  const convolution_backward_weights::primitive_desc p_backward(
      {direct, depthwise.dst_desc(), p_any, b_plain, y_made, one, zero, zero, zero}, engine_,
      pointwise);
  const memory dp = fresh(p_backward.diff_weights_desc()), db = fresh(b_plain);
  add(convolution_backward_weights(p_backward), {{DNNL_ARG_SRC, t},
                                                 {DNNL_ARG_DIFF_DST, dz},
                                                 {DNNL_ARG_DIFF_WEIGHTS, dp},
                                                 {DNNL_ARG_DIFF_BIAS, db}});
  if (!free_outside) deliver(dp, p_plain);

  const convolution_backward_data::primitive_desc t_backward(
      {direct, depthwise.dst_desc(), p_any, y_made, one, zero, zero, zero}, engine_, pointwise);
  const memory dt = fresh(depthwise.dst_desc());
  add(convolution_backward_data(t_backward),
      {{DNNL_ARG_DIFF_DST, dz},
       {DNNL_ARG_WEIGHTS, as(p_given, t_backward.weights_desc())},
       {DNNL_ARG_DIFF_SRC, dt}});

  const convolution_backward_weights::primitive_desc d_backward(
      {direct, depthwise.src_desc(), d_any, depthwise.dst_desc(), strides, dilation, before, after},
      engine_, depthwise);
  const memory dd = fresh(d_backward.diff_weights_desc());
  add(convolution_backward_weights(d_backward),
      {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dt}, {DNNL_ARG_DIFF_WEIGHTS, dd}});
  if (!free_outside) deliver(dd, d_plain);

  const convolution_backward_data::primitive_desc x_backward(
      {direct, depthwise.src_desc(), d_any, depthwise.dst_desc(), strides, dilation, before, after},
      engine_, depthwise);
  const memory dx = fresh(depthwise.src_desc());
  add(convolution_backward_data(x_backward),
      {{DNNL_ARG_DIFF_DST, dt},
       {DNNL_ARG_WEIGHTS, as(d_given, x_backward.weights_desc())},
       {DNNL_ARG_DIFF_SRC, dx}});
  if (!free_outside) deliver(dx, x_plain);
}

void Separable::run() {
  for (const Step& step : steps_) step.work.execute(stream_, step.arguments);
  stream_.wait();
}

}  // namespace

int main(int argc, char** argv) {
  return contestant_main(argc, argv, [](const Workload& w) {
    const auto net = std::make_shared<Separable>(w);
    return [net] { net->run(); };
  });
}
