// What a thread has one of: made where it is first asked for, destroyed when the thread ends.
//
// Who keeps it keeps a pointer, since a program that loads the library has little room for what is
// thread-local. The destructors of static objects run after main's thread-local objects have gone,
// and they, too, may use tapes and layers: what is asked for then is made anew, and stays.
// Read next: node_list.cpp, ledger.cpp.
#pragma once

#include <reel/core/runtime/language.h>

namespace reel::detail {

/// Makes what `own` points to, which is thread-local and null; one of each type.
template <class T>
[[gnu::noinline]] T& make_of_thread(T*& own) {
  static thread_local constinit bool is_over = false;
  own = new T();
  if (is_over) return *own;
  static thread_local const struct Owner {
    T*& own;
    ~Owner() {
      is_over = true;
      T* const last = own;
      own = nullptr;  // what it leaves behind may ask again
      delete last;
    }
  } owner{own};
  return *own;
}

}  // namespace reel::detail
