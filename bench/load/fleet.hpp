// The clients, peers and flows of a scenario, ready to send.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "load/books.hpp"
#include "load/drive.hpp"
#include "load/progress.hpp"
#include "load/scenario.hpp"
#include "turnpike/crypto/openssl_random.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::bench {

// From one client or to it. What is sent leaves by the client's connection behind `prefix`, or by its part's
// peer to `relayed`.
struct Flow {
  Client* client = nullptr;
  std::vector<std::uint8_t> prefix = {};
  net::SockAddr relayed = {};
  FlowBook book = {};
  std::uint64_t frame_first = 0;  // the sequence number that the frame on its way began with
  std::uint32_t outstanding = 0;  // packets of that frame which have not arrived
  std::int64_t frame_sent_ns = 0;
};

// A part's flows lie side by side; its peer is one socket, as an SFU has one port for all, or another
// process.
struct Squad {
  Part part;
  net::FileDescriptor peer_fd = {};
  Endpoint peer = {};
  std::uint32_t flow_first = 0;
};

class Fleet {
 public:
  // Allocates and binds for all parts. Throws std::runtime_error with the reason if the server refuses.
  Fleet(const Target& target, const std::vector<Part>& parts, Progress& progress);
  // Gives the allocations back, as far as the server answers.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  std::vector<Squad>& squads() { return squads_; }
  std::vector<Flow>& flows() { return flows_; }
  Clients& clients() { return clients_; }
  const Target& target() const { return target_; }

 private:
  void open_squad(const Part& part);
  void allocate_all();
  void permit_all();

  Target target_;
  crypto::OpenSslRandom random_;
  Clients clients_;  // one for each flow, in the same order
  std::vector<Squad> squads_;
  std::vector<Flow> flows_;
};

}  // namespace turnpike::bench
