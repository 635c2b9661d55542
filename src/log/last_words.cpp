#include "turnpike/log/last_words.hpp"

#include <cxxabi.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <boost/core/demangle.hpp>
#include <exception>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "turnpike/base/check_witness.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::log {
namespace {

constexpr unsigned kSecondsMax = 2;

std::terminate_handler abort_loudly = nullptr;  // which was there before

// This thread may hold the log's locks, for nothing is unwound: the alarm ends what would wait for ever.
void limit_time() {
  ::signal(SIGALRM, SIG_DFL);
  sigset_t alarm_only;
  ::sigemptyset(&alarm_only);
  ::sigaddset(&alarm_only, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm_only, nullptr);
  ::alarm(kSecondsMax);
}

// False: this thread is telling already, and fails at that. Of several threads the first one tells and
// aborts.
bool may_tell() {
  static std::atomic<bool> is_taken = false;
  thread_local bool is_telling = false;
  if (std::exchange(is_telling, true)) return false;
  while (is_taken.exchange(true)) ::pause();
  return true;
}

void tell(std::vector<Field> fields) {
  if (!may_tell()) return;
  limit_time();
  write(Event::aborted, fields);
  flush();
}

std::vector<Field> describe_current_exception() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return {{"reason", std::string("std::terminate without an exception")}};
  std::vector<Field> fields = {{"exception", boost::core::demangle(type->name())}};
  try {
    throw;
  } catch (const std::exception& exception) {
    fields.push_back({"reason", std::string(exception.what())});
  } catch (...) {
  }
  return fields;
}

void on_terminate() {
  tell(describe_current_exception());
  abort_loudly();
}

void on_failed_check(const char* expression, const char* file, int line) {
  tell({{"reason", fmt::format("does not hold: {}", expression)},
        {"place", fmt::format("{}:{}", file, line)}});
}

}  // namespace

void tell_last_words() {
  const std::terminate_handler before = std::set_terminate(on_terminate);
  if (before != on_terminate) abort_loudly = before;
  set_check_witness(on_failed_check);
}

}  // namespace turnpike::log
