// How connections of StreamPath that ask for the name of another TLS server are told and taken out.
#include <utility>

#include "turnpike/net/pipe.hpp"
#include "turnpike/path/stream_path.hpp"

namespace turnpike::path {
namespace {

constexpr std::size_t kProxyHeaderMax = 52;  // version 2, IPv6
static_assert(net::AskedName::kBytesMax + kProxyHeaderMax <= net::Pipe::kQueuedMax);

}  // namespace

// True: TLS begins, with what has been read. Otherwise the rest of the ClientHello has not arrived, or the
// connection is here no more.
bool StreamPath::read_name(StreamId id, Connection& connection) {
  net::AskedName& asked = *connection.asked;
  if (!asked.read(connection.stream.fd(), memory_.scratch)) return false;
  const auto server = passthrough_ && asked.name() ? passthrough_->server_for(*asked.name()) : std::nullopt;
  if (server) {
    take_out(id, *server);
    return false;
  }
  connection.stream.begin_with(asked.bytes());
  connection.asked.reset();
  return true;
}

void StreamPath::take_out(StreamId id, const Endpoint& server) {
  Connection& connection = *find(id);
  net::Stream& stream = connection.stream;
  if (const auto error = lane(connection.standing).ring().poller().remove(stream.fd()))
    return close(id, {ConnectionEnd::not_watched, error});
  stream.set_narrow(false);
  std::vector<std::uint8_t> begin = passthrough_->begin_for(connection.client.tuple);
  const Bytes read = connection.asked->bytes();
  begin.insert(begin.end(), read.begin(), read.end());
  passing_.push_back(
      {net::ByteStream(stream.give_up_socket()), std::move(begin), connection.client.tuple, server});
  end_arrival(id);
  deadlines_.remove(id);
  connections_.erase(id);
}

}  // namespace turnpike::path
