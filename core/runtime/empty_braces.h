// EmptyBraces: what `{}` means in `SGD sgd({})` or `tape.gradient(y, {})`, where much could be
// meant.
//
// Empty braces become whatever can be made of nothing: the options, but also a whole SGD, to be
// copied, and to a compiler the two are as good. Better than both is an enum, and nothing else than
// empty braces becomes this one, which has no values: no other call can mean it. (A list would do,
// too, but GCC 12 forgets the names in `{.learning_rate = 0, .momentum = 0.9}` and then takes it
// for a list's pointer and length.) Beside a number, as good again, a list of them is needed. Read
// next: list_of.h.
#pragma once

#include <reel/core/runtime/language.h>

namespace reel {

enum class EmptyBraces {};

}  // namespace reel
