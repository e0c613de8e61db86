// Loads a plugin while it runs, uses it, and lets it go: `plugin_loader PLUGIN [reel's own TLS]`.
//
// Prints the bytes of thread-local memory that reel's library wants of the little that the system
// keeps for those who come late.
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace {

int print_tls(dl_phdr_info* library, std::size_t, void*) {
  for (int i = 0; i < library->dlpi_phnum; ++i)
    if (library->dlpi_phdr[i].p_type == PT_TLS && std::strstr(library->dlpi_name, "reel"))
      std::printf("tls=%lu\n", static_cast<unsigned long>(library->dlpi_phdr[i].p_memsz));
  return 0;
}

}  // namespace

int main(int, char** argv) {
  void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!plugin) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  const auto train = reinterpret_cast<int (*)()>(dlsym(plugin, "plugin_train"));
  dl_iterate_phdr(print_tls, nullptr);
  if (!train || train() != 0) return 2;
  // The threads of the pool look for work for a while, and must find their code.
  dlclose(plugin);
  usleep(50'000);
  return 0;
}
