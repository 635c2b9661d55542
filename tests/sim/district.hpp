// Several servers, and clients that they send to one another over a network that loses, repeats and delays.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "neighbour.hpp"
#include "referee.hpp"
#include "turnpike/client/itinerary.hpp"
#include "turnpike/client/turn_client.hpp"

namespace turnpike::sim {

struct DistrictOptions {
  std::uint64_t seed = 1;
  std::uint32_t servers = 3;
  std::uint16_t ports = 200;     // of each server
  std::size_t high_water = 100;  // of each
  std::uint32_t clients = 250;
  std::uint32_t homes = 1;  // so many servers, the first ones, are what clients know
  Duration arrivals = std::chrono::seconds(30);
  Duration heartbeat = std::chrono::seconds(5);
  bool first_drains = false;  // half way through the arrivals
};

class District {
 public:
  explicit District(const DistrictOptions& options);
  District(const District&) = delete;
  District& operator=(const District&) = delete;

  void run();

  const Referee& referee() const { return referee_; }
  std::size_t served() const;
  std::size_t served_by(std::uint32_t server) const { return servers_[server].allocations(); }

 private:
  struct Resident {
    std::string user;
    IpAddress address;
    std::uint32_t home = 0;
    std::uint16_t port = 10'000;
    client::Itinerary itinerary{Endpoint{}};
    std::optional<client::TurnClient> turn;
    std::optional<FiveTuple> served;
    int circles = 0;  // attempts in a row that ended where they had been
  };

  void call(Resident& resident);
  void ask(Resident& resident);
  void try_again(Resident& resident);
  void pump(Resident& resident);
  void plan_wake(Resident& resident);
  void on_failed(Resident& resident, const client::Failed& failed);
  void to_server(const Resident& resident, std::vector<std::uint8_t> bytes);
  void to_client(const FiveTuple& tuple, std::vector<std::uint8_t> bytes);
  void carry(const std::function<void()>& arrive);
  FiveTuple tuple_of(const Resident& resident) const;
  void keep_ticking();
  void keep_telling();
  void check_end();

  DistrictOptions options_;
  Timeline timeline_;
  Dice dice_;
  Referee referee_;
  std::deque<Neighbour> servers_;
  std::deque<Resident> residents_;
  std::map<ClientEndpoint, Resident*> by_endpoint_;
  TimePoint end_;
};

}  // namespace turnpike::sim
