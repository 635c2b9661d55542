// A STUN and TURN client without I/O: bytes and a time go in, outputs come out (RFC 8489, RFC 8656).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/client/agenda.hpp"
#include "turnpike/client/long_term_auth.hpp"
#include "turnpike/client/output.hpp"
#include "turnpike/client/request.hpp"
#include "turnpike/client/transaction.hpp"

namespace turnpike::client {

// Holds who the client is and how it talks to the server. An empty user name means no credentials.
struct ClientOptions {
  std::string username = {};
  std::string password = {};
  Transport transport = Transport::udp;
  bool legacy_auth = false;  // behaves like a client of RFC 5389: MD5 and SHA-1 only
  AllocateOptions allocate = {};
};

// Longest payload of send() in bytes: what fits the DATA attribute of the largest STUN message.
inline constexpr std::size_t kPayloadMax = 65'500;

// Runs one client on one 5-tuple. After each call the caller takes the outputs with drain() and asks
// next_deadline(). Retransmissions, challenges and renewals (of allocation, permissions and channels) need no
// call, and renewals are reported like first answers. A redirected client (Failed::redirection) begins at the
// other server as a new object. A copy is a second client in the same state. `random`, which makes
// transaction ids, must outlive the client. Not thread-safe.
class TurnClient {
 public:
  TurnClient(ClientOptions options, Random& random);

  void binding(TimePoint now);
  void allocate(TimePoint now);
  // Asks for permissions of 1 to kPeersMax peers; more or none ends the program. Permissions are by address;
  // ports are ignored.
  void create_permission(std::vector<Endpoint> peers, TimePoint now);
  // Asks for a channel and returns its number, the same for the same peer. Returns nullopt if all numbers are
  // used up. The channel is used once ChannelBound is reported.
  std::optional<std::uint16_t> bind_channel(const Endpoint& peer, TimePoint now);
  // Asks for another lifetime. 0 ends the allocation and cancels its other requests.
  void refresh(std::uint32_t lifetime_s, TimePoint now);
  // Sends at most kPayloadMax bytes to a peer: as ChannelData if a channel is bound, else as a Send
  // indication.
  void send(const Endpoint& peer, Bytes payload);

  // Takes one datagram, or any piece of a stream. Messages that are not for this client are ignored.
  void on_receive(Bytes bytes, TimePoint now);
  // Repeats, renews and gives up whatever is due.
  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  // Removes and returns the outputs since the last call, oldest first.
  std::vector<Output> drain();

 private:
  struct Channel {
    Endpoint peer;
    bool bound =
        false;  // false until the response came: the server may use the channel by then, this client not
  };

  void start(Request request, int challenges, TimePoint now);
  void on_message(Bytes bytes, TimePoint now);
  void on_channel_data(Bytes bytes);
  void on_response(const stun::MessageView& response, TimePoint now);
  void on_success(const Request& request, const stun::MessageView& response, TimePoint now);
  void on_error(const Transaction& transaction, const stun::MessageView& response);
  // Tries again after a 401 or 438, or reports the failure.
  void on_challenge(const Transaction& transaction, const stun::MessageView& response, int code,
                    TimePoint now);
  void on_unverified(std::vector<Transaction>::iterator transaction);
  void fail(Output failure, const Request& request);
  // Schedules the repetition of a request that succeeded.
  void plan_renewal(const Request& request, const Output& done, TimePoint now);
  void forget_allocation();
  std::vector<Transaction>::iterator find_transaction(const stun::MessageView& response);
  Request renewing_refresh() const;
  stun::TransactionId new_id();

  ClientOptions options_;
  Random* random_;
  LongTermAuth auth_;
  std::vector<Transaction> transactions_;  // few, so a linear search is enough
  Agenda agenda_;
  std::map<std::uint16_t, Channel> channels_;
  std::map<Endpoint, std::uint16_t> channel_of_peer_;
  std::uint16_t
      next_channel_;  // numbers are not used twice, for a server may hold them for minutes (RFC 8656 12)
  std::vector<std::uint8_t> received_;  // stream only: the beginning of a message
  bool stream_broken_ = false;
  std::vector<Output> outputs_;
};

}  // namespace turnpike::client
