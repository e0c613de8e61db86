// What nearly every source of the library includes from elsewhere, read by the compiler once for
// all of them: a quarter of the time that the library takes to compile. Sources still include what
// they use. Nothing of reel's own is here: a change of it must not compile everything again.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
