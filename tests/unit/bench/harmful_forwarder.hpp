// A forwarder that drops, copies, swaps and changes packets at known rates, and remembers how many.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <thread>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::bench {

// Of 1,000 packets.
struct Harm {
  std::uint32_t dropped = 0;
  std::uint32_t copied = 0;
  std::uint32_t swapped = 0;  // held back until after the client's next packet
  std::uint32_t changed = 0;  // in one bit
};

// Hands what clients send to one peer; nothing goes back. Works until it is destroyed.
class HarmfulForwarder {
 public:
  HarmfulForwarder(const Harm& rates, std::uint16_t peer_port);
  ~HarmfulForwarder();

  Endpoint endpoint() const { return socket_.local(); }
  // Stops; what was done, in packets.
  Harm stop();

 private:
  void run();
  void forward(std::vector<std::uint8_t> packet, const Endpoint& client);
  void send(const std::vector<std::uint8_t>& packet);

  Harm rates_;
  Harm done_;
  net::UdpSocket socket_;
  net::SockAddr peer_;
  SeededRandom random_{1};
  std::map<Endpoint, std::vector<std::uint8_t>> held_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace turnpike::bench
