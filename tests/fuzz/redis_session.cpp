// Fuzz harness: what a Redis server sends to a session for commands and to one for messages, and what a
// sentinel says. A '|' stands for the end of a line, so that a seed is one line.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "turnpike/redis/sentinel.hpp"
#include "turnpike/redis/session.hpp"

namespace {

using namespace turnpike;
using fuzz::require;
using fuzz::with_line_ends;

constexpr redis::Ticket kTickets = 3;
const TimePoint kNow{std::chrono::hours(1)};

std::vector<redis::Event> events_of(redis::Session& session) {
  std::vector<redis::Event> events;
  while (auto event = session.next_event()) events.push_back(std::move(*event));
  return events;
}

// All that follows from these bytes in pieces of that size, as soon as the session may be asked with its
// commands.
std::vector<redis::Event> talk(const redis::Greeting& greeting, std::string_view text, std::size_t size) {
  redis::Session session(greeting, {}, kNow);
  std::vector<redis::Event> all;
  bool is_asked = false;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    if (session.is_ready() && !std::exchange(is_asked, true)) {
      const std::vector<redis::Command> commands{{"GET", "a"}};
      for (redis::Ticket ticket = 1; ticket <= kTickets; ++ticket) session.ask(ticket, commands, kNow);
    }
    session.on_bytes(text.substr(0, size), kNow);
    std::ranges::move(events_of(session), std::back_inserter(all));
  }
  require(session.outstanding() <= 8, "no more is outstanding than was asked");
  require(session.has_ended() != session.next_deadline().has_value(),
          "a session has a deadline until it ends");
  session.on_time(kNow + std::chrono::seconds(10));
  session.on_time(kNow + std::chrono::seconds(20));
  std::ranges::move(events_of(session), std::back_inserter(all));
  require(session.has_ended() && !session.has_unsent(), "silence ends every session");
  return all;
}

void check(const std::vector<redis::Event>& events, bool is_for_messages) {
  redis::Ticket last = 0;
  std::size_t ready = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool has_ended = std::holds_alternative<redis::Ended>(events[i]);
    require(has_ended == (i + 1 == events.size()), "the end is the last event, and there is one");
    ready += std::holds_alternative<redis::Ready>(events[i]);
    if (const auto* answered = std::get_if<redis::Answered>(&events[i])) {
      require(!is_for_messages && answered->ticket == ++last, "each command has its answer, in their order");
    }
    require(is_for_messages || !std::holds_alternative<redis::Message>(events[i]), "messages were asked for");
  }
  require(ready <= 1 && last <= kTickets, "a session is ready once, and answers what was asked");
}

void check_sentinel(const std::string& text) {
  std::string_view bytes = text;
  redis::Reader reader;
  const auto reply = reader.read(bytes);
  if (!reply || !*reply) return;
  const auto place = redis::read_master(**reply);
  if (!place) return;
  require(place->port != 0 && redis::Place::parse(place->text(), 1) == *place,
          "a place reads as it is written");
  const auto is_of_host = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == ':';
  };
  require(std::ranges::all_of(place->host, is_of_host), "a host can be asked for");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = with_line_ends(as_text({data, size}));
  const redis::Greeting commands{.password = "p", .role = redis::Greeting::Role::master_if_told};
  const redis::Greeting messages{.password = "p", .channels = {"a", "b"}};
  for (const auto* greeting : {&commands, &messages}) {
    const bool is_for_messages = !greeting->channels.empty();
    const auto whole = talk(*greeting, text, std::max<std::size_t>(1, text.size()));
    const auto pieces = talk(*greeting, text, 7);
    check(whole, is_for_messages);
    check(pieces, is_for_messages);
    // A command is asked between two pieces, so only sessions without any are the same for every size.
    if (is_for_messages) require(pieces == whole, "pieces make no difference");
  }
  check_sentinel(text);
  return 0;
}
