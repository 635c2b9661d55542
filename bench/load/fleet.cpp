// Set-up and end of the clients of a scenario.
#include "load/fleet.hpp"

#include <sys/socket.h>

#include <stdexcept>

#include "load/clock.hpp"
#include "load/datagrams.hpp"
#include "load/namespace.hpp"

namespace turnpike::bench {
namespace {

constexpr std::size_t kAtOnce = 32;

// The address that this host would use towards the server.
IpAddress route_address(const Target& target) {
  const int family = net::socket_family(target.server.address);
  const net::FileDescriptor probe(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  connect_socket(probe.get(), target.server);
  return net::local_endpoint(probe.get()).address;
}

void check(const Target& target, const Part& part) {
  if (part.pace == Pace::flood && (!is_stream(part.transport) || part.direction == Direction::to_client)) {
    throw std::runtime_error("only clients on streams can flood: nothing else pushes back");
  }
  if (target.peer.port != 0 && part.direction != Direction::echo && part.direction != Direction::pair)
    throw std::runtime_error("a peer of another process can only echo");
  if (target.kind == Target::Kind::turn) return;
  if (is_stream(part.transport) && target.kind == Target::Kind::direct)
    throw std::runtime_error("only a server takes TCP and TLS");
  if (is_stream(part.transport) && part.framing != Framing::channel)
    throw std::runtime_error("a forwarder knows only channels");
  if (part.direction == Direction::pair) throw std::runtime_error("only a TURN server relays to itself");
  if (target.kind == Target::Kind::forwarder && part.direction == Direction::to_client) {
    throw std::runtime_error("a forwarder relays to clients only what answers them");
  }
}

net::FileDescriptor open_peer(const Target& target, std::uint16_t port) {
  const EnteredNamespace there(target.peer_namespace);
  return open_udp({target.peer_local, port});
}

}  // namespace

Fleet::Fleet(const Target& target, const std::vector<Part>& parts, Progress& progress) : target_(target) {
  if (target_.local == IpAddress{}) target_.local = route_address(target);
  if (target_.peer_local == IpAddress{}) target_.peer_local = target_.local;
  for (const Part& part : parts) {
    check(target_, part);
    open_squad(part);
  }
  try {
    progress.show("allocating", 0);
    allocate_all();
    progress.show("binding", 0);
    permit_all();
  } catch (const std::runtime_error& error) {
    const std::string why = error.what() + quota_hint(clients_);
    release_each(clients_);
    throw std::runtime_error(why);
  }
}

void Fleet::open_squad(const Part& part) {
  Squad squad{.part = part, .flow_first = static_cast<std::uint32_t>(flows_.size())};
  squad.peer = target_.peer;
  if (target_.peer.port == 0) {
    squad.peer_fd = open_peer(target_, squads_.empty() ? target_.peer_port : std::uint16_t{0});
    squad.peer = net::local_endpoint(squad.peer_fd.get());
  }
  if (target_.kind == Target::Kind::direct) target_.server = squad.peer;
  for (std::uint32_t i = 0; i < part.clients; ++i) {
    clients_.push_back(std::make_unique<Client>(target_, part.transport, random_));
  }
  flows_.resize(clients_.size());
  squads_.push_back(std::move(squad));
}

void Fleet::allocate_all() {
  std::vector<Transport> transport_of;
  for (const Squad& squad : squads_)
    transport_of.insert(transport_of.end(), squad.part.clients, squad.part.transport);
  // The server may still know a port from a client that had it before (437, RFC 8656 7.2): then another port
  // is tried.
  drive_each(
      clients_, kAtOnce, [](Client& client, std::size_t, TimePoint now) { client.allocate(now); },
      [&](std::size_t i) { return std::make_unique<Client>(target_, transport_of[i], random_); });
  for (std::size_t i = 0; i < flows_.size(); ++i) flows_[i].client = clients_[i].get();
}

void Fleet::permit_all() {
  std::vector<Endpoint> peers(flows_.size());
  std::vector<const Part*> part_of(flows_.size());
  for (const Squad& squad : squads_) {
    for (std::uint32_t i = 0; i < squad.part.clients; ++i) {
      const std::uint32_t flow = squad.flow_first + i;
      const std::uint32_t other = squad.flow_first + (i + 1) % squad.part.clients;
      part_of[flow] = &squad.part;
      peers[flow] = squad.part.direction == Direction::pair ? clients_[other]->relayed() : squad.peer;
    }
  }
  // For `pair`, what comes from the client before is permitted as well, for permissions are by address and
  // all relays have one.
  drive_each(clients_, kAtOnce, [&](Client& client, std::size_t i, TimePoint now) {
    part_of[i]->framing == Framing::channel ? client.bind(peers[i], now) : client.permit(peers[i], now);
  });
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    flows_[i].prefix = clients_[i]->prefix(part_of[i]->framing, peers[i], part_of[i]->payload_bytes);
    flows_[i].relayed = net::SockAddr(clients_[i]->relayed(), net::socket_family(target_.peer_local));
  }
}

Fleet::~Fleet() { release_each(clients_); }

}  // namespace turnpike::bench
