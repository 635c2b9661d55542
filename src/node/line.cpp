#include "turnpike/node/line.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/node/redis_words.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;

// Half of what a connection takes; the other half is for one errand that is larger than it should be.
constexpr std::size_t kCommandsMax = 1024;
constexpr std::size_t kCommandsAtOnce = 256;  // whose answers are kept until all of them are there
constexpr std::size_t kBytesMax = 2 << 20;
constexpr std::size_t kKeysOfReading = 128;
constexpr std::size_t kReadingsMax = 32;  // that wait, before another page is looked at
constexpr Duration kRepeatAfter = std::chrono::seconds(1);
constexpr Duration kRetiring = std::chrono::milliseconds(500);

std::size_t bytes_of(const std::vector<redis::Command>& commands) {
  std::size_t bytes = 0;
  for (const redis::Command& command : commands) {
    for (const std::string& word : command) bytes += word.size();
  }
  return bytes;
}

void ignore(std::span<const redis::Outcome>) {}

}  // namespace

Line::Line(const asio::any_io_executor& executor, const fleet::FleetOptions& options,
           const redis::Settings& settings, Random& random)
    : executor_(executor), fleet_(options, random), client_(executor, settings, random) {}

std::size_t Line::outstanding() const {
  std::size_t waiting = 0;
  for (const Errand& errand : errands_) waiting += errand.commands.size();
  for (const Reading& reading : readings_) waiting += 2 * reading.keys.size();
  return commands_under_way_ + waiting;
}

void Line::start(Handlers handlers) {
  handlers_ = std::move(handlers);
  client_.subscribe(fleet_.channels(), [this](std::string_view channel, std::string_view payload) {
    fleet_.on_message(channel, payload, net::read_clock());
  });
  client_.on_connected([this] {
    fleet_.on_connected(net::read_clock());
    send();
    if (const auto connected = handlers_.connected) connected();  // who may end this line
  });
  client_.on_lost([this](const redis::Failure& failure) {
    on_lost();
    if (const auto lost = handlers_.lost) lost(failure);
  });
  client_.start();
}

void Line::retire() {
  is_over_ = true;
  handlers_ = {};
  asio::co_spawn(executor_, stop_later(shared_from_this()), redis::rethrow);
}

asio::awaitable<void> Line::stop_later(std::shared_ptr<Line> line) {
  asio::steady_timer timer(line->executor_);
  timer.expires_after(kRetiring);
  co_await timer.async_wait(asio::use_awaitable);
  line->stop();
}

void Line::stop() {
  is_over_ = true;
  handlers_ = {};
  client_.stop();
  on_lost();
}

void Line::on_lost() {
  ++connection_;
  errands_.clear();
  scans_to_repeat_.clear();
  pages_.clear();
  readings_.clear();
  commands_under_way_ = bytes_under_way_ = keys_under_way_ = 0;
  pace_.reset();
  is_lease_refused_ = false;
  fleet_.on_disconnected();
}

void Line::send() {
  if (!scans_to_repeat_.empty() && net::read_clock().monotonic >= repeat_at_) {
    for (fleet::Scan& scan : std::exchange(scans_to_repeat_, {})) add(errand_for(std::move(scan)));
  }
  for (fleet::Command& command : fleet_.take_commands()) {
    if (const auto* read = std::get_if<fleet::Read>(&command)) {
      this->read(read->keys,
                 [this](const auto& entries, bool is_all) { fleet_.on_entries(entries, is_all); });
    } else {
      add(errand_for(std::move(command)));
    }
  }
  read_on();
  pump();
}

Line::Errand Line::errand_for(fleet::Command command) {
  Errand errand{words_of(command), ignore};
  if (const auto* scan = std::get_if<fleet::Scan>(&command)) {
    errand.done = [this, scan = *scan](const auto& outcomes) { on_page(scan, outcomes); };
  } else if (const auto* write = std::get_if<fleet::Write>(&command)) {
    errand.done = [this, key = write->key](const auto& outcomes) { on_written(key, outcomes.front()); };
  } else if (const auto* claim = std::get_if<fleet::Claim>(&command)) {
    errand.done = [this, number = claim->number](const auto& outcomes) {
      on_claimed(number, outcomes.front());
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

// Coroutines start in any order: each takes what stands first when it starts, and asks for it at once.
void Line::pump() {
  if (!has_room_for_next() || starting_ > 0) return;
  for (std::size_t i = 0; i < kCommandsMax / kCommandsAtOnce; ++i) {
    ++starting_;
    asio::co_spawn(executor_, carry_out(shared_from_this()), redis::rethrow);
  }
}

bool Line::has_room_for_next() const {
  if (errands_.empty()) return false;
  const Errand& next = errands_.front();
  const bool has_room = commands_under_way_ + next.commands.size() <= kCommandsMax &&
                        bytes_under_way_ + next.bytes <= kBytesMax;
  return has_room || commands_under_way_ == 0;
}

// As many as there is room for: of one that is too large for that, it alone.
std::vector<Line::Errand> Line::take_errands() {
  std::vector<Errand> taken;
  std::size_t commands = 0;
  while (has_room_for_next()) {
    const Errand& next = errands_.front();
    if (commands > 0 && commands + next.commands.size() > kCommandsAtOnce) break;
    commands += next.commands.size();
    commands_under_way_ += next.commands.size();
    bytes_under_way_ += next.bytes;
    taken.push_back(std::move(errands_.front()));
    errands_.pop_front();
  }
  return taken;
}

asio::awaitable<void> Line::carry_out(std::shared_ptr<Line> line) {
  --line->starting_;
  std::vector<Errand> errands = line->take_errands();
  if (errands.empty()) co_return;
  const std::uint64_t connection = line->connection_;
  std::vector<redis::Command> commands;
  std::size_t bytes = 0;
  for (Errand& errand : errands) {
    bytes += errand.bytes;
    errand.answers = errand.commands.size();
    std::ranges::move(errand.commands, std::back_inserter(commands));
  }
  const std::size_t count = commands.size();
  const std::vector<redis::Outcome> outcomes = co_await line->client_.ask_all(std::move(commands));
  if (line->connection_ != connection || !line->client_.is_connected()) co_return;
  line->commands_under_way_ -= count;
  line->bytes_under_way_ -= bytes;
  auto first = outcomes.begin();
  for (const Errand& errand : errands) {
    if (line->connection_ != connection) co_return;
    const auto last = first + static_cast<std::ptrdiff_t>(errand.answers);
    errand.done({first, last});
    first = last;
  }
  line->send();
}

void Line::on_written(const std::string& key, const redis::Outcome& outcome) {
  if (outcome) return;
  fleet_.on_refused(fleet::Write{key, {}, {}}, net::read_clock());
  if (const auto refused = handlers_.refused) refused(redis::failure_of(outcome.error()));
}

void Line::on_claimed(std::uint64_t number, const redis::Outcome& outcome) {
  is_lease_refused_ = !outcome;
  fleet_.on_answer(number, is_done(outcome), net::read_clock());
}

void Line::on_page(const fleet::Scan& scan, std::span<const redis::Outcome> outcomes) {
  auto page = outcomes.front() ? page_of(*outcomes.front(), scan.prefix) : std::nullopt;
  if (!page) {
    scans_to_repeat_.push_back(scan);
    repeat_at_ = net::read_clock().monotonic + kRepeatAfter;
    return;
  }
  pages_.push_back({scan, std::move(*page)});
  read_on();
}

void Line::read(const std::vector<std::string>& keys, const Took& took) {
  if (keys.empty()) return took({}, true);
  for (std::size_t first = 0; first < keys.size(); first += kKeysOfReading) {
    const std::size_t size = std::min(keys.size() - first, kKeysOfReading);
    const auto begin = keys.begin() + static_cast<std::ptrdiff_t>(first);
    readings_.push_back(
        {{begin, begin + static_cast<std::ptrdiff_t>(size)}, first + size == keys.size(), took});
  }
}

// Once a page is taken the next one is asked for. A server that has no last page does not fill the memory
// with names: they wait for the values of others.
void Line::take_page() {
  const auto [scan, page] = std::move(pages_.front());
  pages_.pop_front();
  fleet_.on_names(scan, page.next_cursor, net::read_clock());
  read(page.keys, [this, scan = scan](const auto& entries, bool is_all) {
    fleet_.on_page(scan, entries, is_all, net::read_clock());
  });
}

void Line::read_on() {
  while (true) {
    if (!pages_.empty() && readings_.size() < kReadingsMax) {
      take_page();
    } else if (!readings_.empty() && keys_under_way_ < pace_.size()) {
      Reading reading = std::move(readings_.front());
      readings_.pop_front();
      ask_for(std::move(reading));
    } else {
      return;
    }
  }
}

void Line::ask_for(Reading reading) {
  keys_under_way_ += reading.keys.size();
  auto commands = words_of(fleet::Read{reading.keys});
  const TimePoint asked = net::read_clock().monotonic;
  add({std::move(commands), [this, reading = std::move(reading), asked](const auto& outcomes) {
         pace_.on_answer(net::read_clock().monotonic - asked);
         keys_under_way_ -= reading.keys.size();
         reading.took(entries_of(reading.keys, outcomes), reading.is_all);
         read_on();
       }});
}

}  // namespace turnpike::node
