#include "race.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

constexpr double start_up = 5;  // seconds that a library may need to be loaded

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Runner::Runner(const std::string& program, const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment)
    : program_(program) {
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
  orders_ = orders[1];
  answers_ = answers[0];
}

Runner::~Runner() {
  close(orders_);
  close(answers_);
  waitpid(pid_, nullptr, 0);
}

void Runner::tell(const char* order) {
  const std::string line = std::string(order) + "\n";
  if (write(orders_, line.data(), line.size()) < 0) return;  // it has gone: there is no answer
}

std::vector<double> Runner::hear(double seconds) {
  std::vector<double> answer;
  std::string text;
  const Clock::time_point start = Clock::now();
  for (char part[4096]; text.empty() || text.back() != '\n';) {
    pollfd waiting{answers_, POLLIN, 0};
    const double left = std::max(seconds - seconds_since(start), 0.0);
    const int ready = poll(&waiting, 1, static_cast<int>(left * 1e3) + 1);
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t count = ready > 0 ? read(answers_, part, sizeof part) : 0;
    if (ready == 0) {
      std::fprintf(stderr, "%s: ended, since it is too slow\n", program_.c_str());
      kill(pid_, SIGKILL);
    }
    if (count <= 0) return answer;
    text.append(part, static_cast<std::size_t>(count));
  }
  std::istringstream numbers(text);
  for (double number; numbers >> number;) answer.push_back(number);
  return answer;
}

std::vector<Times> race(const std::vector<Runner*>& runners, const RaceEnd& end, int pause) {
  struct Record {
    std::vector<double> samples;  // milliseconds
    double spent = 0;             // seconds
    int turns = 0;
    bool gone = false;
  };
  std::vector<Record> records(runners.size());
  for (Runner* runner : runners) runner->tell("ready");
  Clock::time_point start = Clock::now();
  double of_first = 3600;  // how long it took to be ready, then for its longest turn
  for (std::size_t i = 0; i < runners.size(); ++i) {
    const double left = start_up + end.patience * of_first - seconds_since(start);
    records[i].gone = runners[i]->hear(left).empty();
    if (i == 0) of_first = seconds_since(start);
  }
  of_first = 3600;
  start = Clock::now();
  const auto left = [&] { return end.limit - seconds_since(start); };
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < runners.size(); ++i) {
      Record& record = records[i];
      const bool many = record.samples.size() >= 10 || record.spent > 4 * end.seconds;
      const bool done = many && record.spent > end.seconds && record.turns >= end.turns;
      if (record.gone || done || left() <= 0) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      const Clock::time_point turn = Clock::now();
      const std::vector<double> samples =
          runners[i]->ask("turn", std::min(left(), 1 + end.patience * of_first));
      record.spent += seconds_since(turn);
      if (i == 0)
        of_first = record.turns == 0 ? record.spent : std::max(of_first, seconds_since(turn));
      record.samples.insert(record.samples.end(), samples.begin(), samples.end());
      ++record.turns;
      record.gone = samples.empty();
      more = true;
    }
  }
  std::vector<Times> times;
  for (std::size_t i = 0; i < runners.size(); ++i)
    if (records[i].samples.empty() && !records[i].gone)
      std::fprintf(stderr, "%s: no turn, since the time was over\n", runners[i]->program().c_str());
  for (Record& record : records) {
    std::vector<double>& sorted = record.samples;
    std::sort(sorted.begin(), sorted.end());
    times.push_back(sorted.empty() ? Times{}
                                   : Times{sorted[sorted.size() / 2], sorted[sorted.size() / 20]});
  }
  return times;
}
