// All clients of the simulation and what they do all day.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "client_host.hpp"
#include "referee.hpp"
#include "site.hpp"

namespace turnpike::sim {

class Crowd {
 public:
  Crowd(std::uint32_t clients, Site& site, Network& network, Timeline& timeline, Dice& dice,
        Referee& referee);

  // From then on each client acts now and then.
  void begin();
  // Nobody comes online any more, and those who are go without a word.
  void stop();

  // From the server.
  void on_datagram(const FiveTuple& tuple, const Parcel& parcel);
  void on_stream_bytes(std::uint32_t path, Bytes bytes);
  void on_stream_end(std::uint32_t path);

  // An allocation must not expire under a client that is there to renew it, except after a surprise, until
  // the client has lived for so long again.
  void on_allocation_ended(const turn::AllocationEnded& effect);
  void excuse_for(Duration lived) { excused_until_ = timeline_.lived() + lived; }

  std::uint32_t letters_sent(HostId id) const { return hosts_[id].letters_sent; }
  const ClientHost& random_host() { return dice_.pick(hosts_); }
  // Preferably of somebody whose Allocate is not answered yet.
  std::string user_to_revoke();
  HostId at(const FiveTuple& tuple) const;
  // Whom a letter to this relay reaches; kNobody if it is nobody's.
  HostId at_relay(const Endpoint& relay) const;

 private:
  using Act = void (Crowd::*)(ClientHost&);
  struct Habit {
    std::uint32_t weight;
    Act act;
  };
  static const std::vector<Habit>& habits();

  void plan(ClientHost& host);
  void act(ClientHost& host);
  // Habits (crowd_habits.cpp).
  void come_online(ClientHost& host);
  void write(ClientHost& host);
  void write_to_stranger(ClientHost& host);
  void permit(ClientHost& host);
  void bind(ClientHost& host);
  void refresh(ClientHost& host);
  void ask_address(ClientHost& host);
  void leave(ClientHost& host);
  void vanish(ClientHost& host);
  void send_letter(ClientHost& host, const Contact& contact);
  Contact random_contact(const ClientHost& host);
  client::AllocateOptions allocate_options(ClientHost& host);

  // The way to the server and back (crowd.cpp).
  void connect(ClientHost& host, Transport transport, Family family);
  void forget(ClientHost& host);
  void pump(ClientHost& host);
  void plan_wake(ClientHost& host);
  void receive(ClientHost& host, const Parcel& parcel);

  void on(ClientHost& host, const client::Transmit& output);
  void on(ClientHost& host, const client::MappedAddress& output);
  void on(ClientHost& host, const client::Allocated& output);
  void on(ClientHost& host, const client::Refreshed& output);
  void on(ClientHost& host, const client::PermissionCreated& output);
  void on(ClientHost& host, const client::ChannelBound& output);
  void on(ClientHost& host, const client::Data& output);
  void on(ClientHost& host, const client::IcmpReported& output);
  void on(ClientHost& host, const client::Failed& output);
  void on(ClientHost& host, const client::TimedOut& output);
  void on(ClientHost& host, const client::StreamBroken& output);

  Site& site_;
  Network& network_;
  Timeline& timeline_;
  Dice& dice_;
  Referee& referee_;
  bool stopped_ = false;
  TimePoint excused_until_;  // of the time lived
  bool damaged_ = false;     // the parcel that is being read
  std::vector<ClientHost> hosts_;
  std::map<FiveTuple, HostId> by_tuple_;
  std::map<std::uint32_t, std::shared_ptr<Pipe>> down_;  // streams from the server, by path
  std::uint32_t next_path_ = kDatagramPath + 1;
};

}  // namespace turnpike::sim
