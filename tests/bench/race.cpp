#include "race.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
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

std::vector<double> Runner::ask(const char* order) {
  std::vector<double> answer;
  if (std::fprintf(orders_, "%s\n", order) < 0 || std::fflush(orders_) != 0) return answer;
  char* line = nullptr;
  std::size_t room = 0;
  if (getline(&line, &room, answers_) > 0) {
    std::istringstream numbers(line);
    for (double number; numbers >> number;) answer.push_back(number);
  }
  std::free(line);
  return answer;
}

std::vector<Times> race(const std::vector<Runner*>& runners, double seconds, int pause) {
  constexpr int fewest_turns = 5;
  struct Record {
    std::vector<double> samples;  // milliseconds
    double spent = 0;
    int turns = 0;
    bool gone = false;
  };
  std::vector<Record> records(runners.size());
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < runners.size(); ++i) {
      Record& record = records[i];
      if (record.gone || (record.spent > seconds * 1e3 && record.turns >= fewest_turns)) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      const std::vector<double> samples = runners[i]->ask("turn");
      for (double sample : samples) record.spent += sample;
      record.samples.insert(record.samples.end(), samples.begin(), samples.end());
      ++record.turns;
      record.gone = samples.empty();
      more = true;
    }
  }
  std::vector<Times> times;
  for (Record& record : records) {
    std::vector<double>& sorted = record.samples;
    std::sort(sorted.begin(), sorted.end());
    times.push_back(sorted.empty() ? Times{}
                                   : Times{sorted[sorted.size() / 2], sorted[sorted.size() / 20]});
  }
  return times;
}
