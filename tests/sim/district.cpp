// How clients of a district ask, are sent on, and ask again.
#include "district.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "people.hpp"

namespace turnpike::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kLostPermille = 20;
constexpr std::uint32_t kRepeatedPermille = 50;
constexpr Duration kSettles = seconds(60);  // after the last client has come

std::shared_ptr<const turn::CredentialSource> people(std::uint32_t clients) {
  auth::Secrets passwords;
  for (std::uint32_t number = 0; number < clients; ++number) passwords[user_name(number)] = "pass";
  return std::make_shared<People>(passwords, Neighbour::kRealm, 7);
}

// Two clients in three are IPv4, and some share an address, each with a name of its own.
IpAddress address_of(std::uint32_t client) {
  const std::uint32_t house = client / 2;
  const auto low = static_cast<std::uint8_t>(house % 250 + 1), high = static_cast<std::uint8_t>(house / 250);
  if (house % 3 == 2) return *IpAddress::parse(fmt::format("2001:db8:{:x}:{:x}::1", high + 1, low));
  return IpAddress::v4(198, 51, high, low);
}

}  // namespace

District::District(const DistrictOptions& options) : options_(options), dice_(options.seed) {
  const auto credentials = people(options.clients);
  for (std::uint32_t number = 0; number < options.servers; ++number) {
    servers_.emplace_back(Neighbour::Options{number, 2, options.ports, options.high_water, credentials},
                          timeline_, dice_, [this](const FiveTuple& tuple, std::vector<std::uint8_t> bytes) {
                            to_client(tuple, std::move(bytes));
                          });
  }
  for (std::uint32_t number = 0; number < options.clients; ++number) {
    Resident& resident = residents_.emplace_back();
    resident.user = user_name(number);
    resident.address = address_of(number);
    resident.home = number % options.homes;
    resident.port = static_cast<std::uint16_t>(10'000 + 100 * number);
  }
}

void District::run() {
  const TimePoint begin = timeline_.now();
  end_ = begin + options_.arrivals + kSettles;
  for (Resident& resident : residents_)
    timeline_.at(begin + dice_.between({}, options_.arrivals), [this, &resident] { call(resident); });
  if (options_.first_drains)
    timeline_.at(begin + options_.arrivals / 2, [this] { servers_.front().drain(); });
  keep_ticking();
  keep_telling();
  while (referee_.holds() && timeline_.step(end_)) continue;
  check_end();
}

void District::keep_ticking() {
  for (Neighbour& server : servers_) server.tick();
  timeline_.after(seconds(1), [this] { keep_ticking(); });
}

void District::keep_telling() {
  std::vector<Bulletin> news;
  for (const Neighbour& server : servers_) news.push_back(server.bulletin());
  for (Neighbour& server : servers_) server.learn(news);
  timeline_.after(options_.heartbeat, [this] { keep_telling(); });
}

// An attempt begins at home, from another port.
void District::call(Resident& resident) {
  ++resident.port;
  resident.itinerary =
      client::Itinerary(Neighbour::address(resident.home, resident.address.family()).plain());
  ask(resident);
}

void District::ask(Resident& resident) {
  by_endpoint_[tuple_of(resident).client] = &resident;
  resident.turn.emplace(client::ClientOptions{.username = resident.user, .password = "pass"}, dice_.random());
  resident.turn->allocate(timeline_.now());
  pump(resident);
}

void District::try_again(Resident& resident) {
  resident.turn.reset();
  timeline_.after(dice_.between(seconds(1), seconds(3)), [this, &resident] { call(resident); });
}

void District::pump(Resident& resident) {
  for (client::Output& output : resident.turn->drain()) {
    if (auto* transmit = std::get_if<client::Transmit>(&output)) {
      to_server(resident, std::move(transmit->bytes));
    } else if (std::holds_alternative<client::Allocated>(output)) {
      referee_.saw(resident.itinerary.redirections() > 0 ? "served elsewhere" : "served at home");
      resident.circles = 0;
      resident.served = tuple_of(resident);
    } else if (const auto* failed = std::get_if<client::Failed>(&output)) {
      return on_failed(resident, *failed);
    } else if (std::holds_alternative<client::TimedOut>(output)) {
      referee_.saw("no answer");
      return try_again(resident);
    }
  }
  plan_wake(resident);
}

void District::on_failed(Resident& resident, const client::Failed& failed) {
  referee_.saw_code(failed.code);
  if (failed.code != 300) {
    referee_.saw("refused");
    return try_again(resident);
  }
  if (!failed.redirection) return referee_.violation("a 300 without a server, or unsigned");
  if (resident.itinerary.follow(*failed.redirection)) {
    referee_.saw("sent on");
    return ask(resident);
  }
  referee_.saw("led in a circle");
  if (++resident.circles > 1) referee_.violation(fmt::format("{} was led in a circle twice", resident.user));
  try_again(resident);
}

void District::plan_wake(Resident& resident) {
  const auto wake = resident.turn->next_deadline();
  if (!wake) return;
  timeline_.at(*wake, [this, &resident, wake] {
    if (!resident.turn || resident.turn->next_deadline() != wake) return;
    resident.turn->on_deadline(timeline_.now());
    pump(resident);
  });
}

FiveTuple District::tuple_of(const Resident& resident) const {
  return {{resident.address, resident.port}, ServerEndpoint(resident.itinerary.server()), Transport::udp};
}

void District::carry(const std::function<void()>& arrive) {
  if (dice_.chance(kLostPermille)) return;
  const int copies = dice_.chance(kRepeatedPermille) ? 2 : 1;
  for (int i = 0; i < copies; ++i) timeline_.after(dice_.between(milliseconds(5), milliseconds(200)), arrive);
}

void District::to_server(const Resident& resident, std::vector<std::uint8_t> bytes) {
  const FiveTuple tuple = tuple_of(resident);
  for (std::uint32_t number = 0; number < options_.servers; ++number) {
    if (Neighbour::address(number, tuple.client.family()) != tuple.server) continue;
    carry([this, number, tuple, bytes] { servers_[number].on_datagram(tuple, bytes); });
  }
}

void District::to_client(const FiveTuple& tuple, std::vector<std::uint8_t> bytes) {
  carry([this, tuple, bytes = std::move(bytes)] {
    Resident& resident = *by_endpoint_.at(tuple.client);
    if (!resident.turn || tuple_of(resident) != tuple) return;  // that socket is for another server by now
    resident.turn->on_receive(bytes, timeline_.now());
    pump(resident);
  });
}

std::size_t District::served() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(residents_, [](const Resident& each) { return each.served.has_value(); }));
}

// Each allocation is somebody's who knows of it.
void District::check_end() {
  for (const Neighbour& server : servers_) {
    for (const FiveTuple& tuple : server.alive()) {
      if (by_endpoint_.at(tuple.client)->served != tuple)
        referee_.violation(
            fmt::format("{} has an allocation that it went away from", tuple.client.to_string()));
    }
  }
}

}  // namespace turnpike::sim
