// The way of one request's body to an upstream, and of its answer back (turnpike/http/proxy.hpp).
#include <exception>
#include <utility>

#include "turnpike/http/proxy_upload.hpp"
#include "turnpike/http/round_trip.hpp"
#include "turnpike/http/tunnel.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kAheadMax = 4096;  // of the next request, which has to fit in what is unread
constexpr int kInterimMax = 16;          // responses before the last one

}  // namespace

std::shared_ptr<Proxy::Upload> Proxy::start_upload(const Asked& asked, std::string head) {
  take_unread(asked.body.kind == BodyKind::length ? asked.body.length : Block::kSize);
  const auto upload = std::make_shared<Upload>(Flow{client_, from_client_, link_->socket},
                                               Message{.head = std::move(head),
                                                       .body = asked.body,
                                                       .is_chunked = asked.body.kind == BodyKind::chunked,
                                                       .ahead_max = kAheadMax});
  watch_.allow(options().stall_max);
  const auto on_end = [this, upload](const std::exception_ptr& thrown, PassEnd end) {
    upload->end = thrown ? PassEnd::cut : end;
    upload->over.cancel();
    if (upload->flow.is_stopped) return;
    if (end == PassEnd::whole && !upload->is_answered) watch_.allow(options().head_max);
    // Nobody may wait for the answer to a request that will never be whole.
    if (end == PassEnd::cut || end == PassEnd::malformed) close();
  };
  asio::co_spawn(client_.get_executor(), pass_message(upload->flow, upload->message, watch_), on_end);
  return upload;
}

asio::awaitable<void> Proxy::stop(Upload* upload) {
  if (upload == nullptr || upload->end) co_return;
  upload->flow.is_stopped = true;
  close();
  error_code ignored;
  client_.cancel(ignored);
  co_await upload->over.async_wait(kAwait);
}

// At the beginning of what has come.
Proxy::MayFail Proxy::read_head(bool answers_head, ResponseHead& head, std::size_t& size) {
  Block& block = link_->block;
  for (std::size_t seen = 0;;) {
    const HeadEnd end = find_head_end(block.text(), seen);
    if (end.is_malformed) co_return Fault{UpstreamFailure::bad_response, "a head that is malformed"};
    if (end.size > 0) {
      const auto parsed = parse_response_head(block.text().substr(0, end.size), answers_head);
      if (!parsed) co_return Fault{UpstreamFailure::bad_response, "a head that is malformed"};
      head = *parsed;
      size = end.size;
      co_return std::nullopt;
    }
    seen = block.text().size();
    if (block.room().empty()) co_return Fault{UpstreamFailure::bad_response, "a head that has no end"};
    const error_code error = co_await fill(link_->socket, block);
    if (error && watch_.is_late())
      co_return Fault{UpstreamFailure::head_timed_out, "no response in its time"};
    if (error) co_return Fault{UpstreamFailure::closed, error.message()};
    link_->is_kept = false;
  }
}

// The last of one response; those that come before it go to a client that understands them.
Proxy::MayFail Proxy::read_last_head(const Asked& asked, ResponseHead& head, std::size_t& size) {
  for (int interim = 0; interim <= kInterimMax; ++interim) {
    const auto fault = co_await read_head(asked.is_head, head, size);
    if (fault) co_return fault;
    if (head.status == 101 && !(asked.web_socket && is_web_socket(head)))
      co_return Fault{UpstreamFailure::bad_upgrade, "an upgrade that was not asked for"};
    if (head.status == 101 || head.status >= 200) co_return std::nullopt;
    const bool is_wanted = !asked.is_http_1_0 && (head.status != 100 || asked.wants_100);
    const std::string text = interim_head(head);
    link_->block.consume(size);
    if (is_wanted) co_await send(client_, text);
  }
  co_return Fault{UpstreamFailure::bad_response, "one interim response after the other"};
}

asio::awaitable<Passed> Proxy::pass_back(const Asked& asked, Upload* upload, const ResponseHead& head,
                                         std::size_t size) {
  upstream().health->note_answer();
  // A request that went out whole says so behind what is being done; a quick answer comes before that.
  if (upload != nullptr && !upload->end) co_await asio::post(client_.get_executor(), kAwait);
  const bool is_read = upload == nullptr || upload->end == PassEnd::whole;
  const AnswerFraming framing = answer_framing(head, asked.is_http_1_0, asked.keep_alive && is_read);
  const bool stays = head.keep_alive() && head.body.kind != BodyKind::until_end && is_read;
  const Message message{head_for_client(head, framing), head.body, framing.is_chunked};
  const bool ends_by_closing =
      !framing.is_chunked && (head.body.kind == BodyKind::chunked || head.body.kind == BodyKind::until_end);
  link_->block.consume(size);
  if (upload != nullptr) upload->is_answered = true;
  watch_.allow(options().stall_max);
  Flow flow{link_->socket, link_->block, client_};
  const PassEnd end = co_await pass_message(flow, message, watch_);

  const bool is_clients = upload != nullptr && upload->end && !is_read && upload->end != PassEnd::unsent;
  const bool is_late = watch_.is_late();
  co_await stop(upload);
  if (end == PassEnd::malformed) note({UpstreamFailure::bad_response, "chunks that are malformed"});
  if (end == PassEnd::cut && !is_clients && is_late)
    note({UpstreamFailure::body_timed_out, "a response that came no further"});
  if (end == PassEnd::cut && !is_clients && !is_late)
    note({UpstreamFailure::broke_off, "a response that was not whole"});
  if (end != PassEnd::whole || !stays) link_.reset();
  if ((end == PassEnd::cut || end == PassEnd::malformed) && ends_by_closing) {
    // Only a reset tells this client that it has not got everything.
    error_code ignored;
    client_.set_option(asio::socket_base::linger(true, 0), ignored);
    client_.close(ignored);
  }
  co_return Passed{.goes_on = end == PassEnd::whole && framing.keep_alive};
}

asio::awaitable<Passed> Proxy::join_both(const ResponseHead& head, std::size_t size) {
  upstream().health->note_answer();
  const std::string text = interim_head(head);
  Block& from_upstream = link_->block;
  from_upstream.consume(size);
  const std::string_view behind = from_upstream.text();
  watch_.allow(options().stall_max);
  const Pieces pieces{asio::buffer(text), asio::buffer(behind.data(), behind.size())};
  const error_code error = co_await send(client_, pieces, &watch_);
  watch_.rest();
  from_upstream.consume(behind.size());
  if (!error) {
    hang_up_.rest();  // a tunnel ends with its ends
    take_unread(Block::kSize);
    unread_.clear();
    unread_.shrink_to_fit();
    co_await join(client_, from_client_, link_->socket, from_upstream, watch_, options().stall_max);
  }
  link_.reset();
  co_return Passed{};
}

}  // namespace turnpike::http
