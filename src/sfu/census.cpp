#include "turnpike/sfu/census.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <optional>
#include <utility>

#include "turnpike/livekit/server_api.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::sfu {
namespace {

namespace asio = boost::asio;

class Asking {
 public:
  Asking(http::Url livekit, asio::ssl::context& tls, ApiKey key, const CensusLimits& limits)
      : livekit_(std::move(livekit)), tls_(tls), key_(std::move(key)), limits_(limits) {}

  asio::awaitable<Result<Census, std::string>> run() {
    http::Client client(livekit_, tls_, limits_.request);
    const auto first = co_await ask(client, livekit::list_rooms(key_.name, key_.secret, began_.unix_s));
    read_first(first);
    co_await ask_for_all_participants();
    const auto last =
        co_await ask(client, livekit::list_rooms(key_.name, key_.secret, net::read_clock().unix_s));
    const auto rooms_after = read(last, livekit::read_rooms);
    if (!rooms_after) co_return fault_;
    livekit::drop_sids_of_ended(census_.rooms, *rooms_after);
    co_return std::move(census_);
  }

 private:
  void fail(std::string_view reason) {
    if (fault_.empty()) fault_ = reason;
  }

  // None: there is a fault, perhaps an earlier one.
  asio::awaitable<std::optional<http::Answer>> ask(http::Client& client, livekit::ApiRequest request) {
    if (net::read_clock().monotonic - began_.monotonic > limits_.time_max)
      fail("it takes too long to ask for all rooms");
    if (!fault_.empty()) co_return std::nullopt;
    // Named: GCC 12 destroys an aggregate that is made within such a call twice.
    http::Post post{std::move(request.path), std::move(request.authorization), std::move(request.body)};
    const std::string path = post.path;
    auto answer = co_await client.post(std::move(post));
    if (!answer) fail(fmt::format("{}: {}", path, answer.error()));
    if (!fault_.empty()) co_return std::nullopt;
    co_return std::move(*answer);
  }

  template <class Content>
  std::optional<Content> read(const std::optional<http::Answer>& answer,
                              std::optional<Content> (*read_body)(std::string_view)) {
    auto content = answer ? read_body(answer->body) : std::nullopt;
    if (!content) fail("an answer that LiveKit would not give");
    return content;
  }

  // The answer has LiveKit's time at its end; at the question it was earlier by no more than the time in
  // between.
  void read_first(const std::optional<http::Answer>& answer) {
    auto rooms = read(answer, livekit::read_rooms);
    if (!rooms) return;
    if (!answer->date) return fail("an answer without a date");
    if (rooms->size() > limits_.rooms_max) return fail(fmt::format("more than {} rooms", limits_.rooms_max));
    const auto waited =
        std::chrono::ceil<std::chrono::seconds>(net::read_clock().monotonic - began_.monotonic);
    census_.asked_unix_s = *answer->date - waited.count();
    census_.rooms = std::move(*rooms);
  }

  asio::awaitable<void> ask_for_all_participants() {
    using namespace asio::experimental::awaitable_operators;
    co_await (ask_for_participants() && ask_for_participants() && ask_for_participants() &&
              ask_for_participants());
  }

  // Of one room after the other, beside others that do the same.
  asio::awaitable<void> ask_for_participants() {
    http::Client client(livekit_, tls_, limits_.request);
    while (fault_.empty() && next_ < census_.rooms.size()) {
      livekit::ListedRoom& room = census_.rooms[next_++];
      const UnixSeconds now = net::read_clock().unix_s;
      const auto answer =
          co_await ask(client, livekit::list_participants(room.name, key_.name, key_.secret, now));
      auto participants = read(answer, livekit::read_participants);
      if (!participants) co_return;
      room.participants = std::move(*participants);
      census_.participants += room.participants.size();
      if (census_.participants > limits_.participants_max)
        fail(fmt::format("more than {} participants", limits_.participants_max));
    }
  }

  const http::Url livekit_;
  asio::ssl::context& tls_;
  const ApiKey key_;
  const CensusLimits limits_;
  const Now began_ = net::read_clock();
  Census census_;
  std::size_t next_ = 0;  // room to ask for
  std::string fault_;     // the first
};

}  // namespace

asio::awaitable<Result<Census, std::string>> take_census(http::Url livekit, asio::ssl::context& tls,
                                                         ApiKey key, CensusLimits limits) {
  Asking asking(std::move(livekit), tls, std::move(key), limits);
  co_return co_await asking.run();
}

}  // namespace turnpike::sfu
