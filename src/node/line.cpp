#include "turnpike/node/line.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/node/redis_words.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;

// Half of what a connection takes; the other half is for one errand that is larger than it should be.
constexpr std::size_t kCommandsMax = 512;
constexpr std::size_t kBytesMax = 2 << 20;
constexpr std::size_t kKeysOfReading = 128;
constexpr Duration kRepeatAfter = std::chrono::seconds(1);

std::size_t bytes_of(const std::vector<redis::Command>& commands) {
  std::size_t bytes = 0;
  for (const redis::Command& command : commands) {
    for (const std::string& word : command) bytes += word.size();
  }
  return bytes;
}

void ignore(const std::vector<redis::Outcome>&) {}

}  // namespace

// Of a page of keys, or, without `scan`, of a Read.
struct Line::Reading {
  std::optional<fleet::Scan> scan{};
  std::string next_cursor{};
  std::vector<std::string> keys{};
  std::size_t asked = 0;
  std::vector<fleet::Entry> entries{};
};

Line::Line(const asio::any_io_executor& executor, const fleet::FleetOptions& options,
           const redis::Settings& settings, Random& random)
    : executor_(executor), fleet_(options, random), client_(executor, settings, random) {}

std::size_t Line::outstanding() const {
  std::size_t waiting = 0;
  for (const Errand& errand : errands_) waiting += errand.commands.size();
  return commands_under_way_ + waiting;
}

void Line::start(Handlers handlers) {
  client_.subscribe(fleet_.channels(), [this](std::string_view channel, std::string_view payload) {
    fleet_.on_message(channel, payload, net::read_clock());
  });
  client_.on_connected([this, connected = std::move(handlers.connected)] {
    fleet_.on_connected(net::read_clock());
    send();
    if (connected) connected();
  });
  client_.on_lost([this, lost = std::move(handlers.lost)](const redis::Failure& failure) {
    on_lost();
    if (lost) lost(failure);
  });
  client_.start();
}

void Line::stop() {
  client_.stop();
  on_lost();
}

void Line::on_lost() {
  ++connection_;
  errands_.clear();
  scans_to_repeat_.clear();
  commands_under_way_ = bytes_under_way_ = 0;
  fleet_.on_disconnected();
}

void Line::send() {
  if (!scans_to_repeat_.empty() && net::read_clock().monotonic >= repeat_at_) {
    for (fleet::Scan& scan : std::exchange(scans_to_repeat_, {})) add(errand_for(std::move(scan)));
  }
  for (fleet::Command& command : fleet_.take_commands()) {
    if (const auto* read = std::get_if<fleet::Read>(&command)) {
      const auto reading = std::make_shared<Reading>();
      reading->keys = read->keys;
      read_on(reading);
    } else {
      add(errand_for(std::move(command)));
    }
  }
  pump();
}

Line::Errand Line::errand_for(fleet::Command command) {
  Errand errand{words_of(command), ignore};
  if (const auto* scan = std::get_if<fleet::Scan>(&command)) {
    errand.done = [this, scan = *scan](const auto& outcomes) { on_page(scan, outcomes); };
  } else if (const auto* write = std::get_if<fleet::Write>(&command)) {
    errand.done = [this, key = write->key](const auto& outcomes) {
      if (!outcomes.front()) fleet_.on_refused(fleet::Write{key, {}, {}}, net::read_clock());
    };
  } else if (const auto* claim = std::get_if<fleet::Claim>(&command)) {
    errand.done = [this, number = claim->number](const auto& outcomes) {
      fleet_.on_answer(number, is_done(outcomes.front()), net::read_clock());
    };
  } else if (const auto* renewal = std::get_if<fleet::Renew>(&command)) {
    errand.done = [this, number = renewal->number](const auto& outcomes) {
      fleet_.on_answer(number, is_done(outcomes.front()), net::read_clock());
    };
  }
  return errand;
}

void Line::add(Errand errand) {
  errand.bytes = bytes_of(errand.commands);
  errands_.push_back(std::move(errand));
}

void Line::pump() {
  while (!errands_.empty()) {
    Errand& next = errands_.front();
    const bool has_room = commands_under_way_ + next.commands.size() <= kCommandsMax &&
                          bytes_under_way_ + next.bytes <= kBytesMax;
    if (commands_under_way_ > 0 && !has_room) return;
    Errand errand = std::move(next);
    errands_.pop_front();
    commands_under_way_ += errand.commands.size();
    bytes_under_way_ += errand.bytes;
    asio::co_spawn(executor_, carry_out(shared_from_this(), std::move(errand), connection_), redis::rethrow);
  }
}

asio::awaitable<void> Line::carry_out(std::shared_ptr<Line> line, Errand errand, std::uint64_t connection) {
  const std::size_t commands = errand.commands.size();
  const std::vector<redis::Outcome> outcomes = co_await line->client_.ask_all(std::move(errand.commands));
  if (line->connection_ != connection || !line->client_.is_connected()) co_return;
  line->commands_under_way_ -= commands;
  line->bytes_under_way_ -= errand.bytes;
  errand.done(outcomes);
  line->send();
}

void Line::on_page(const fleet::Scan& scan, const std::vector<redis::Outcome>& outcomes) {
  auto page = outcomes.front() ? page_of(*outcomes.front(), scan.prefix) : std::nullopt;
  if (!page) {
    scans_to_repeat_.push_back(scan);
    repeat_at_ = net::read_clock().monotonic + kRepeatAfter;
    return;
  }
  const auto reading = std::make_shared<Reading>();
  reading->scan = scan;
  reading->next_cursor = std::move(page->next_cursor);
  reading->keys = std::move(page->keys);
  read_on(reading);
}

void Line::read_on(const std::shared_ptr<Reading>& reading) {
  const std::size_t size = std::min(reading->keys.size() - reading->asked, kKeysOfReading);
  if (size == 0) {
    if (reading->scan)
      fleet_.on_page(*reading->scan, reading->entries, reading->next_cursor, net::read_clock());
    return;
  }
  const auto first = reading->keys.begin() + static_cast<std::ptrdiff_t>(reading->asked);
  fleet::Read part{{first, first + static_cast<std::ptrdiff_t>(size)}};
  reading->asked += size;
  auto commands = words_of(part);
  add({std::move(commands), [this, reading, keys = std::move(part.keys)](const auto& outcomes) {
         auto entries = entries_of(keys, outcomes);
         if (reading->scan) {
           std::ranges::move(entries, std::back_inserter(reading->entries));
         } else {
           fleet_.on_entries(entries);
         }
         read_on(reading);
       }});
}

}  // namespace turnpike::node
