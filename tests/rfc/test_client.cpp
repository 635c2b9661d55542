// How clients sign, send and look at what comes back.
#include "rfc/test_client.hpp"

namespace turnpike::test {

TestClient::TestClient(World& world, std::string_view address, Login login, Transport transport)
    : world_(world), id_{{at(address), {}, transport}, {0, 7}}, login_(std::move(login)) {
  id_.tuple.server = at(id_.tuple.client.address.is_v4() ? "203.0.113.1:3478" : "[2a00:db8::1]:3478");
}

stun::Key TestClient::key() const {
  const auto algorithm =
      login_.mode == Login::Mode::md5 ? stun::PasswordAlgorithm::md5 : stun::PasswordAlgorithm::sha256;
  return stun::long_term_key(algorithm, login_.username, world_.options().realm, login_.password);
}

const std::string& TestClient::nonce() {
  if (nonce_.empty()) learn(ask(test::request(Method::allocate)));
  return nonce_;
}

Signing TestClient::signing() {
  Signing signing;
  signing.realm = text(world_.options().realm);
  signing.nonce = text(nonce());
  signing.key = key();
  if (login_.mode == Login::Mode::userhash) {
    signing.userhash = copy(stun::userhash(login_.username, world_.options().realm));
  } else {
    signing.username = text(login_.username);
  }
  if (login_.mode == Login::Mode::md5) {
    signing.sha1 = true;
    signing.sha256 = false;
  } else {
    signing.algorithms = kAlgorithmList;
    signing.algorithm = kSha256Choice;
  }
  return signing;
}

Buffer TestClient::make(Method method, const Attributes& attributes, const Signing& signing) const {
  return message(method, stun::Class::request, next_id(), attributes, &signing);
}

Answer TestClient::ask(const Buffer& request) {
  const auto answers = world_.send(request, id_);
  EXPECT_LE(answers.size(), 1U);
  if (answers.empty()) return {};
  Answer answer(answers.front());
  expect_well_formed(answer, request);
  return answer;
}

Answer TestClient::request(Method method, const Attributes& attributes) {
  Answer answer = ask(make(method, attributes));
  if (answer.code() == 438) {
    learn(answer);
    answer = ask(make(method, attributes));
  }
  // A challenge is unsigned; everything else comes after authentication (INT-15, INT-16, INT-18).
  if (answer.came() && answer.code() != 401) {
    EXPECT_EQ(answer.how_signed(key()), login_.mode == Login::Mode::md5 ? Signed::sha1 : Signed::sha256)
        << "code " << answer.code();
  }
  return answer;
}

void TestClient::send(const Buffer& packet) { EXPECT_TRUE(world_.send(packet, id_).empty()); }

bool TestClient::arrives(const Buffer& packet, std::string_view address, std::string_view payload) {
  EXPECT_TRUE(world_.take_arrived().empty());
  send(packet);
  const auto arrived = world_.take_arrived();
  if (arrived.empty()) return false;
  EXPECT_EQ(arrived.size(), 1U);
  EXPECT_EQ(arrived.front().peer, at(address));
  EXPECT_EQ(arrived.front().bytes, text(payload));
  return true;
}

bool TestClient::reaches(std::string_view address, std::string_view payload) {
  return arrives(indication(Method::send, {peer(address), data(payload)}), address, payload);
}

bool TestClient::reaches_on(std::uint16_t number, std::string_view address, std::string_view payload) {
  return arrives(channel_data(number, as_bytes(payload)), address, payload);
}

}  // namespace turnpike::test
