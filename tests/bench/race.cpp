#include "race.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

Runner::Runner(const std::string& program, const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment) {
  std::signal(SIGPIPE, SIG_IGN);  // a contestant that ends early shows in its answers
  int orders[2], answers[2];
  // Closed in later contestants, or none would see the end of its orders.
  if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
    throw std::runtime_error("race: no pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("race: no process");
  if (pid_ == 0) {
    dup2(orders[0], 0);
    dup2(answers[1], 1);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    std::perror(program.c_str());
    _exit(127);
  }
  close(orders[0]);
  close(answers[1]);
  orders_ = fdopen(orders[1], "w");
  answers_ = fdopen(answers[0], "r");
}

Runner::~Runner() {
  std::fclose(orders_);
  std::fclose(answers_);
  waitpid(pid_, nullptr, 0);
}

double Runner::ask(const char* order) {
  double answer = NAN;
  if (std::fprintf(orders_, "%s\n", order) < 0 || std::fflush(orders_) != 0 ||
      std::fscanf(answers_, "%lf", &answer) != 1)
    return NAN;
  return answer;
}

std::vector<Times> race(const std::vector<Runner*>& runners, double seconds, int pause) {
  std::vector<std::vector<double>> samples(runners.size());
  std::vector<double> spent(runners.size());
  const auto wants_more = [&](std::size_t i) {
    return std::isfinite(spent[i]) && (spent[i] < seconds || samples[i].size() < 11);
  };
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < runners.size(); ++i) {
      if (!wants_more(i)) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      const double milliseconds = runners[i]->ask("run");
      spent[i] += std::max(milliseconds, 0.5) * 1e-3;  // NaN ends it
      if (std::isfinite(milliseconds)) samples[i].push_back(milliseconds);
      more = true;
    }
  }
  std::vector<Times> times;
  for (auto& sample : samples) {
    std::sort(sample.begin(), sample.end());
    times.push_back(sample.empty() ? Times{}
                                   : Times{sample[sample.size() / 2], sample[sample.size() / 20]});
  }
  return times;
}
