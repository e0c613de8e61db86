// EmptyBraces: what `{}` means in `SGD sgd({})` or `tape.gradient(y, {})`, where much could be
// meant.
//
// Empty braces become whatever can be made of nothing: the options, but also a whole SGD, to be
// copied, and to a compiler the two are as good. Better than both is an empty list, of whatever it
// is: so a function takes a list of what does not exist beside what it takes else. That costs no
// other call anything, since nothing but empty braces becomes one. Read next: list_of.h.
#pragma once

#include <initializer_list>

#include <reel/core/runtime/language.h>

namespace reel {

namespace detail {
// Has no values: to make one takes another.
class Nothing {
 public:
  Nothing(const Nothing&) = default;
};
}  // namespace detail

using EmptyBraces = std::initializer_list<detail::Nothing>;

}  // namespace reel
