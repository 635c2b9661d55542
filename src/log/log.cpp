#include "turnpike/log/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/json.hpp>
#include <cassert>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace turnpike::log {
namespace {

constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                 spdlog::level::warn, spdlog::level::err};

// ISO 8601 in UTC; JSON lines are opened and closed by the pattern and filled by render().
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

bool is_plain(unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; }

// Bare where nothing in it could be mistaken, else quoted with everything outside printable ASCII as \xNN.
std::string text_value(std::string_view value) {
  bool bare = !value.empty();
  for (const unsigned char c : value)
    bare = bare && is_plain(c) && c != '[' && c != ']' && c != ',' && c != '=';
  if (bare) return std::string(value);
  std::string quoted = "\"";
  for (const unsigned char c : value)
    quoted += is_plain(c) || c == ' ' ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
  return quoted + '"';
}

// JSON must be UTF-8: bytes beyond ASCII in what a client sent are written as \xNN.
std::string json_value(std::string_view value) {
  std::string ascii;
  for (const unsigned char c : value)
    ascii += c < 0x80 ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
  return boost::json::serialize(boost::json::string(ascii));
}

template <class Render>
std::string list(const std::vector<std::string>& values, Render render) {
  std::string joined;
  for (const std::string& value : values) joined += (joined.empty() ? "" : ",") + render(value);
  return "[" + joined + "]";
}

template <class Render>
std::string render_value(const Field& field, Render render) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&field.value)) return render(*text);
  return list(std::get<std::vector<std::string>>(field.value), render);
}

spdlog::sink_ptr make_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stdout_sink_st>();
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
  } catch (const spdlog::spdlog_ex& error) {
    throw std::runtime_error(fmt::format("log.file: {}", error.what()));
  }
}

std::unique_ptr<spdlog::logger> make_logger(const Options& config) {
  auto logger = std::make_unique<spdlog::logger>("turnpike", make_sink(config.file));
  logger->set_pattern(config.format == Format::json ? kJsonPattern : kTextPattern,
                      spdlog::pattern_time_type::utc);
  logger->set_level(kLevels[static_cast<std::size_t>(config.level)]);
  logger->flush_on(spdlog::level::info);
  return logger;
}

// The log of the day; a reload replaces it while workers write. Lines are rare, so one lock is enough for
// both.
struct CurrentLog {
  std::mutex mutex;
  Format format = Format::text;
  std::unique_ptr<spdlog::logger> logger = make_logger({});
  std::atomic<Level> level = Level::info;  // asked without the lock
};

CurrentLog& current_log() {
  static CurrentLog log;
  return log;
}

}  // namespace

std::string render(Format format, std::string_view event, std::span<const Field> fields) {
  if (format == Format::text) {
    std::string line{event};
    for (const Field& field : fields)
      line += fmt::format(" {}={}", field.name, render_value(field, text_value));
    return line;
  }
  std::string line = fmt::format(R"("event":"{}")", event);
  for (const Field& field : fields)
    line += fmt::format(R"(,"{}":{})", field.name, render_value(field, json_value));
  return line;
}

void open(const Options& config) {
  auto logger = make_logger(config);
  CurrentLog& log = current_log();
  const std::lock_guard lock(log.mutex);
  log.logger = std::move(logger);
  log.format = config.format;
  log.level = config.level;
}

bool is_logged(Event event) { return kind_of(event).level >= current_log().level; }

void write(Event event, std::span<const Field> fields) {
  assert(fits(event, fields));
  if (!is_logged(event)) return;
  const auto& kind = kind_of(event);
  CurrentLog& log = current_log();
  const std::lock_guard lock(log.mutex);
  log.logger->log(kLevels[static_cast<std::size_t>(kind.level)], "{}", render(log.format, kind.name, fields));
}

}  // namespace turnpike::log
