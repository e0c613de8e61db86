// What a thread has one of: made where it is first asked for, destroyed when the thread ends.
//
// Who keeps it keeps a pointer, since a program that loads the library has little room for what is
// thread-local. The destructors of static objects run after main's thread-local objects have gone,
// and they, too, may use tapes and layers: what is asked for then is made anew, and stays.
// Read next: node_list.cpp, ledger.cpp.
#pragma once

#include <utility>

#include <reel/core/runtime/language.h>

namespace reel::detail {

/// Makes what the thread-local pointer to a T shall point to that `own`, a lambda which captures
/// nothing, gives.
template <class T, class Own>
[[gnu::noinline]] T& make_of_thread(Own own) {
  static thread_local constinit bool is_over = false;
  own() = new T();
  if (is_over) return *own();
  static thread_local const struct Owner {
    ~Owner() {
      is_over = true;
      delete std::exchange(Own()(), nullptr);  // what it leaves behind may ask again
    }
  } owner;
  return *own();
}

}  // namespace reel::detail
