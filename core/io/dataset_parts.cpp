// Parts of a dataset: which rows they have; and functions that wait for its batches.
//
// A part holds numbers of rows, never samples. `split` sorts what it chose: neighbours stay
// neighbours in memory, and an order is the business of the batches. Read before: dataset.h.
// Read next: batches.cpp.
#include <algorithm>
#include <numeric>

#include <reel/core/io/dataset.h>
#include <reel/core/ops/random.h>

namespace reel {
namespace {

// Keeps the choice of a split apart from all other random numbers of the same seed.
constexpr std::uint64_t split_stream = 0x73706c6974;  // "split"

// Each class's part of n: what is left after whole samples goes to the largest fractions, of equal
// ones to the first. (Hamilton's method.)
std::vector<Index> shares_of(Index n, const std::vector<Index>& class_sizes) {
  const Index total = std::accumulate(class_sizes.begin(), class_sizes.end(), Index{0});
  std::vector<Index> shares, order(class_sizes.size());
  for (const Index size : class_sizes) shares.push_back(n * size / total);
  std::iota(order.begin(), order.end(), Index{0});
  const auto fraction = [&](Index c) {
    return n * class_sizes[static_cast<std::size_t>(c)] % total;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return fraction(a) > fraction(b); });
  const Index left = n - std::accumulate(shares.begin(), shares.end(), Index{0});
  for (Index i = 0; i < left; ++i)
    ++shares[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
  return shares;
}

}  // namespace

Dataset Dataset::part(std::vector<std::int32_t> rows) const {
  Rows chosen{std::move(rows), {}};
  if (!contents_->labels.empty())
    for (const std::int32_t row : chosen.rows)
      chosen.labels.push_back(contents_->labels[static_cast<std::size_t>(row)]);
  Dataset result = *this;
  result.size_ = static_cast<Index>(chosen.rows.size());
  result.rows_ = std::make_shared<const Rows>(std::move(chosen));
  return result;
}

Dataset Dataset::take(Index n) const {
  if (n < 1) throw ValueError("take: n must be >= 1; got {}", n);
  if (n >= size_) return *this;
  if (rows_) return part({rows_->rows.begin(), rows_->rows.begin() + n});
  Dataset result = *this;
  result.size_ = n;
  return result;
}

Dataset Dataset::select(ListOf<std::int32_t> positions) const {
  std::vector<std::int32_t> rows;
  rows.reserve(positions.size());
  for (const std::int32_t position : positions) {
    check_position(position);
    rows.push_back(static_cast<std::int32_t>(row_of(position)));
  }
  return part(std::move(rows));
}

Dataset Dataset::filter(const std::function<bool(Index)>& keep) const {
  if (!keep) throw ValueError("filter: a function is needed that says what to keep; got none");
  std::vector<std::int32_t> rows;
  for (Index i = 0; i < size_; ++i)
    if (keep(i)) rows.push_back(static_cast<std::int32_t>(row_of(i)));
  return part(std::move(rows));
}

DataSplit Dataset::split(Index n, const SplitOptions& options) const {
  if (n < 1 || n >= size_)
    throw ValueError("split: n must be in [1, {}), the number of samples; got {}", size_, n);
  if (options.stratified && labels().empty())
    throw ValueError("split: {} must have classes to be stratified by; it has none", name());

  std::vector<Index> left{n};  // of each stratum
  if (options.stratified) {
    left.assign(class_names().size(), 0);
    for (const std::int32_t label : labels()) ++left[static_cast<std::size_t>(label)];
    left = shares_of(n, left);
  }
  std::vector<bool> chosen(static_cast<std::size_t>(size_), false);
  for (const std::int32_t position : permutation(size_, {options.seed, split_stream, 0})) {
    const auto at = static_cast<std::size_t>(position);
    Index& wanted = left[options.stratified ? static_cast<std::size_t>(labels()[at]) : 0];
    if (wanted == 0) continue;
    chosen[at] = true;
    --wanted;
  }
  const auto is_chosen = [&](Index i) { return chosen[static_cast<std::size_t>(i)]; };
  return {filter(std::not_fn(is_chosen)), filter(is_chosen)};
}

// What f makes of a sample is found out at once, by one of them, or by an empty batch.
Dataset Dataset::map(std::function<Tensor(const Tensor&)> f) const {
  if (!f) throw ValueError("map: a function of the features is needed; got none");
  Mapped mapped = mapped_ ? *mapped_ : Mapped{{}, image_shape(), dtype()};
  mapped.functions.push_back(std::move(f));
  Dataset result = *this;
  result.mapped_ = std::make_shared<const Mapped>(mapped);
  const std::int32_t first = 0;
  Batch batch;
  result.fill(std::span(&first, size_ > 0 ? 1 : 0), batch);
  mapped.shape = batch.images.shape().without(0);
  mapped.dtype = batch.images.dtype();
  result.mapped_ = std::make_shared<const Mapped>(std::move(mapped));
  return result;
}

}  // namespace reel
