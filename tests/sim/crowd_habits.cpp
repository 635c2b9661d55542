// What a client does when it comes to it: come online, write, ask, leave.
#include <algorithm>

#include "crowd.hpp"

namespace turnpike::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Choice {
  std::uint32_t weight;
  Transport transport;
};
constexpr Choice kTransports[] = {{70, Transport::udp}, {20, Transport::tcp}, {10, Transport::tls}};

constexpr std::size_t kContactsMax = 10;

}  // namespace

const std::vector<Crowd::Habit>& Crowd::habits() {
  static const std::vector<Habit> all = {
      {40, &Crowd::write},  {6, &Crowd::write_to_stranger}, {16, &Crowd::permit}, {12, &Crowd::bind},
      {5, &Crowd::refresh}, {3, &Crowd::ask_address},       {3, &Crowd::leave},   {3, &Crowd::vanish},
  };
  return all;
}

void Crowd::begin() {
  for (ClientHost& host : hosts_) plan(host);
}

void Crowd::stop() {
  stopped_ = true;
  for (ClientHost& host : hosts_) forget(host);
}

void Crowd::plan(ClientHost& host) {
  timeline_.after(dice_.between(milliseconds(200), seconds(16)), [this, &host] {
    if (stopped_) return;
    act(host);
    plan(host);
  });
}

void Crowd::act(ClientHost& host) {
  damaged_ = false;
  if (!host.is_online()) return dice_.chance(500) ? come_online(host) : void();
  // Still waiting for an answer; but some do not wait.
  if (host.relayed.empty() && dice_.chance(800)) return dice_.chance(200) ? vanish(host) : void();
  (this->*dice_.pick_weighted(habits()).act)(host);
  if (host.is_online()) pump(host);
}

client::AllocateOptions Crowd::allocate_options(ClientHost& host) {
  client::AllocateOptions options;
  if (dice_.chance(500)) options.lifetime_s = dice_.below(1200);
  if (host.token && dice_.chance(700)) {
    options.reservation_token = std::exchange(host.token, std::nullopt);
    return options;
  }
  if (dice_.chance(100)) {
    options.additional_ipv6 = true;
  } else if (dice_.chance(200)) {
    options.family = dice_.chance(500) ? Family::ipv6 : Family::ipv4;
  }
  if (dice_.chance(100))
    options.even_port = dice_.chance(300) ? client::EvenPort::even : client::EvenPort::even_and_reserve_next;
  options.dont_fragment = dice_.chance(50);
  return options;
}

void Crowd::come_online(ClientHost& host) {
  if (host.user.empty() || (!host.token && dice_.chance(300)))
    host.user = "user" + std::to_string(dice_.below(site_.users()));
  host.impostor = dice_.chance(30);
  host.password = host.impostor ? "guess" : site_.password_of(host.user);
  connect(host, dice_.pick_weighted(kTransports).transport, dice_.chance(800) ? Family::ipv4 : Family::ipv6);
  host.turn.emplace(client::ClientOptions{.username = host.user,
                                          .password = host.password,
                                          .transport = host.tuple.transport,
                                          .legacy_auth = dice_.chance(200),
                                          .allocate = allocate_options(host)},
                    dice_.random());
  if (dice_.chance(950)) {
    host.turn->allocate(timeline_.now());
  } else {  // as if it had never been away: its old allocation may be there, or somebody else's on the same
            // tuple
    host.turn->create_permission({Geography::peer(kFirstPeer)}, timeline_.now());
  }
  pump(host);
}

// Mostly somebody whom the client's relay can reach.
Contact Crowd::random_contact(const ClientHost& host) {
  const Geography& geography = site_.geography();
  if (dice_.chance(20))
    return {dice_.chance(500) ? Endpoint{geography.external_v4, 3478} : geography.listener_v6, kNobody};
  Contact contact;
  for (int tries = 0; tries < 3; ++tries) {
    const ClientHost& other = dice_.pick(hosts_);
    const HostId id = kFirstPeer + dice_.below(kPeers);
    const bool client = dice_.chance(400) && !other.relayed.empty();
    contact = client ? Contact{dice_.pick(other.relayed), other.id} : Contact{Geography::peer(id), id};
    const auto is_of_family = [&](const Endpoint& relay) {
      return relay.family() == contact.address.family();
    };
    if (std::ranges::any_of(host.relayed, is_of_family)) break;
  }
  return contact;
}

void Crowd::send_letter(ClientHost& host, const Contact& contact) {
  if (contact.id == kNobody) return host.turn->send(contact.address, as_bytes("to nobody"));
  if (contact.id < kFirstPeer && at_relay(contact.address) != contact.id) {
    std::erase(host.contacts, contact);
    return;
  }
  const std::size_t filler = dice_.chance(50) ? 1000 + dice_.below(200) : dice_.below(120);
  host.turn->send(contact.address,
                  seal({host.id, contact.id, contact.id ^ host.id, host.letters_sent++}, filler));
}

void Crowd::write(ClientHost& host) {
  if (host.contacts.empty()) return permit(host);
  const Contact contact = dice_.pick(host.contacts);
  for (std::uint32_t letters = 1 + dice_.below(4); letters > 0; --letters) send_letter(host, contact);
  if (dice_.chance(30)) host.turn->send(contact.address, {});
}

void Crowd::write_to_stranger(ClientHost& host) { send_letter(host, random_contact(host)); }

void Crowd::permit(ClientHost& host) {
  std::vector<Endpoint> peers;
  for (std::uint32_t count = 1 + dice_.below(3); count > 0; --count) {
    const Contact contact = random_contact(host);
    peers.push_back(contact.address);
    if (host.contacts.size() < kContactsMax) host.contacts.push_back(contact);
    // Clients that meet at their relays permit each other.
    if (contact.id >= kFirstPeer || host.relayed.empty() || dice_.chance(200)) continue;
    ClientHost& other = hosts_[contact.id];
    if (!other.is_online() || other.id == host.id || other.relayed.empty() ||
        other.contacts.size() >= kContactsMax)
      continue;
    other.contacts.push_back({host.relayed.front(), host.id});
    other.turn->create_permission({host.relayed.front()}, timeline_.now());
    pump(other);
  }
  host.turn->create_permission(std::move(peers), timeline_.now());
}

void Crowd::bind(ClientHost& host) {
  const Contact contact =
      host.contacts.empty() || dice_.chance(200) ? random_contact(host) : dice_.pick(host.contacts);
  host.turn->bind_channel(contact.address, timeline_.now());
}

void Crowd::refresh(ClientHost& host) {
  host.restless = true;
  host.turn->refresh(1 + dice_.below(1200), timeline_.now());
}

void Crowd::ask_address(ClientHost& host) { host.turn->binding(timeline_.now()); }
void Crowd::leave(ClientHost& host) { host.turn->refresh(0, timeline_.now()); }
void Crowd::vanish(ClientHost& host) { forget(host); }

}  // namespace turnpike::sim
