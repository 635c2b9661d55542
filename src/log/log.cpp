#include "turnpike/log/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/log/journal.hpp"
#include "turnpike/log/line.hpp"
#include "turnpike/log/output.hpp"
#include "turnpike/log/writer.hpp"

namespace turnpike::log {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(200);

constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                 spdlog::level::warn, spdlog::level::err};

// ISO 8601 in UTC; JSON lines are opened and closed by the pattern and filled by render().
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

TimePoint monotonic_now() { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); }

std::shared_ptr<Output> standard_output() {
  static const std::shared_ptr<Output> journal = Journal::of_standard_output();
  return journal ? journal : Output::standard();
}

std::shared_ptr<Output> open_output(const std::string& file) {
  if (file.empty()) return standard_output();
  try {
    return Output::file(file);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("log.file: {}", error.what()));
  }
}

// The log of the day; a reload changes it while workers write.
class CurrentLog {
 public:
  void open(const Options& options);
  void set_level(Level level) { level_ = level; }
  Level level() const { return level_; }
  bool is_logged(Level level) const { return level >= level_; }
  void write(const EventKind& kind, std::span<const Field> fields);
  bool is_new(Event event, std::string_view cause, const Concerned& concerned);
  void count(Event event, const IpAddress& address);
  void flush();
  Writer& writer() { return writer_; }

 private:
  using Counts = std::vector<Repetition::Repeated>;

  Line make_line(const EventKind& kind, std::span<const Field> fields);
  Line lost_line(std::uint64_t count);
  void push(const EventKind& kind, std::span<const Field> fields);
  void push(const Repetition::Repeated& repeated);
  void push(const Counts& counts);
  void with_repetition(const std::function<void(TimePoint now)>& change);
  std::optional<TimePoint> on_time(TimePoint now);
  Counts take_counts();

  std::mutex mutex_;  // lines are queued in the order of their times
  Format format_ = Format::text;
  spdlog::pattern_formatter formatter_{kTextPattern, spdlog::pattern_time_type::utc};
  std::shared_ptr<Output> output_ = Output::standard();
  std::atomic<Level> level_ = Level::info;
  std::mutex repetition_mutex_;
  Repetition repetition_;
  Writer writer_{{.lost_line = [this](std::uint64_t count) { return lost_line(count); },
                  .on_time = [this](TimePoint now) { return on_time(now); }}};
};

// It stays until the process has gone, for a thread that a system call holds may outlive main().
CurrentLog& current_log() {
  static CurrentLog& log = *new CurrentLog;
  return log;
}

void CurrentLog::open(const Options& options) {
  auto output = open_output(options.file);
  push(take_counts());
  const std::lock_guard lock(mutex_);
  if (output != output_) output_->set_replaced(true);
  output->set_replaced(false);
  output_ = std::move(output);
  format_ = options.format;
  formatter_.set_pattern(options.format == Format::json ? kJsonPattern : kTextPattern);
  level_ = options.level;
}

void CurrentLog::write(const EventKind& kind, std::span<const Field> fields) {
  push(kind, fields);
  writer_.write_now();
}

void CurrentLog::push(const EventKind& kind, std::span<const Field> fields) {
  const std::lock_guard lock(mutex_);
  writer_.push(make_line(kind, fields));
}

void CurrentLog::push(const Repetition::Repeated& repeated) {
  const auto& [event, cause, count, seconds, from] = repeated;
  const EventKind& told = kind_of(event);
  const bool is_of_cause = !cause.empty();
  std::vector<Field> fields;
  if (is_of_cause) fields = {{"of", std::string(told.name)}, {"cause", std::string(cause)}};
  if (from.address.family() != Family::none)
    fields.push_back({"from", from.address.is_v4() ? from.address.to_string() : from.to_string()});
  fields.push_back({"count", static_cast<std::int64_t>(count)});
  fields.push_back({"seconds", seconds});
  const Event of_causes = told.level < Level::warning ? Event::causes_repeated : Event::failures_repeated;
  const EventKind& kind = is_of_cause ? kind_of(of_causes) : told;
  if (is_logged(kind.level)) push(kind, fields);
}

void CurrentLog::push(const Counts& counts) {
  for (const Repetition::Repeated& each : counts) push(each);
}

// The thread that tells counts has to know when the next one is due.
void CurrentLog::with_repetition(const std::function<void(TimePoint now)>& change) {
  bool has_new_deadline = false;
  {
    const std::lock_guard lock(repetition_mutex_);
    const auto before = repetition_.next_deadline();
    change(monotonic_now());
    has_new_deadline = repetition_.next_deadline() != before;
  }
  if (has_new_deadline) writer_.wake();
}

bool CurrentLog::is_new(Event event, std::string_view cause, const Concerned& concerned) {
  if (!is_logged(kind_of(event).level)) return false;
  if (is_logged(Level::debug)) return true;
  bool is_told = false;
  with_repetition([&](TimePoint now) { is_told = repetition_.is_new(event, cause, concerned, now); });
  return is_told;
}

void CurrentLog::count(Event event, const IpAddress& address) {
  if (!is_logged(kind_of(event).level)) return;
  with_repetition([&](TimePoint now) { repetition_.count(event, address, now); });
}

std::optional<TimePoint> CurrentLog::on_time(TimePoint now) {
  const auto [due, next] = [&] {
    const std::lock_guard lock(repetition_mutex_);
    auto taken = repetition_.take_due(now);
    return std::pair(std::move(taken), repetition_.next_deadline());
  }();
  push(due);
  return next;
}

// All of them, and what follows is new again.
CurrentLog::Counts CurrentLog::take_counts() {
  const std::lock_guard lock(repetition_mutex_);
  auto counts = repetition_.take_all(monotonic_now());
  repetition_ = {};
  return counts;
}

void CurrentLog::flush() {
  push(take_counts());
  writer_.flush(kPatience);
}

Line CurrentLog::make_line(const EventKind& kind, std::span<const Field> fields) {
  const std::string content = render(format_, kind.name, fields);
  const bool is_entry = output_->takes_entries();
  if (is_entry && format_ == Format::text) return {output_, journal_entry(kind, fields, content)};
  spdlog::memory_buf_t text;
  formatter_.format({"", kLevels[static_cast<std::size_t>(kind.level)], content}, text);
  std::string line = fmt::to_string(text);
  if (!is_entry) return {output_, std::move(line)};
  line.pop_back();  // its end
  return {output_, journal_entry(kind, fields, line)};
}

// Whatever the level: nobody could tell what the lines were that are missing.
Line CurrentLog::lost_line(std::uint64_t count) {
  const Field field{"count", static_cast<std::int64_t>(count)};
  const std::lock_guard lock(mutex_);
  return make_line(kind_of(Event::log_lines_dropped), {&field, 1});
}

}  // namespace

void open(const Options& options) { current_log().open(options); }

void set_level(Level level) { current_log().set_level(level); }

Level level() { return current_log().level(); }

bool is_logged(Event event) { return current_log().is_logged(kind_of(event).level); }

void write(Event event, std::span<const Field> fields) {
  assert(fits(event, fields));
  if (is_logged(event)) current_log().write(kind_of(event), fields);
}

bool is_new(Event event, std::string_view cause, const Concerned& concerned) {
  return current_log().is_new(event, cause, concerned);
}

void count(Event event, const IpAddress& address) { current_log().count(event, address); }

void flush() { current_log().flush(); }

WriterThread::~WriterThread() {
  flush();
  current_log().writer().stop(Duration::zero());
}

void WriterThread::start() { current_log().writer().start(); }

}  // namespace turnpike::log
