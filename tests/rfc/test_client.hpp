// One client of the world, on a socket or connection of its own: signs its requests and checks how the
// answers are signed.
#pragma once

#include <string>

#include "rfc/answer.hpp"
#include "rfc/harness.hpp"

namespace turnpike::test {

struct Login {
  enum class Mode { md5, sha256, userhash };
  std::string username = "user";
  std::string password = "pass";
  Mode mode = Mode::sha256;
};

inline const Login kUser2{"user2", "pass2"};
inline const Login kMd5{.mode = Login::Mode::md5};

// One client socket or connection.
class TestClient {
 public:
  explicit TestClient(World& world, std::string_view address = "198.51.100.1:4000", Login login = {},
                      Transport transport = Transport::udp);

  // Sends a signed request, with a nonce learned before; after a 438 once more with the new one. Checks the
  // answer's form and signature.
  Answer request(Method method, const Attributes& attributes);
  // Sends this request as it stands; nothing is learned from the answer.
  Answer ask(const Buffer& request);
  void send(const Buffer& packet);  // nothing may come back

  // A signed request that was not sent yet, and what signs it.
  Buffer make(Method method, const Attributes& attributes) { return make(method, attributes, signing()); }
  Buffer make(Method method, const Attributes& attributes, const Signing& signing) const;
  Signing signing();
  stun::Key key() const;
  void learn(const Answer& challenge) { nonce_ = challenge.string(Attr::nonce); }
  const std::string& nonce();

  Answer allocate(const Attributes& attributes = {}) {
    return request(Method::allocate, Attributes{transport(17)} + attributes);
  }
  Answer refresh(const Attributes& attributes = {}) { return request(Method::refresh, attributes); }
  Answer permit(std::string_view address) { return request(Method::create_permission, {peer(address)}); }
  Answer bind(std::uint16_t number, std::string_view address) {
    return request(Method::channel_bind, {channel(number), peer(address)});
  }
  // True if exactly this arrived at the peer, from one of the world's relays, and nothing else anywhere.
  bool reaches(std::string_view address, std::string_view payload = "hello");
  bool reaches_on(std::uint16_t number, std::string_view address, std::string_view payload = "hello");

  const relay::Client& id() const { return id_; }
  const Endpoint& address() const { return id_.tuple.client.plain(); }

 private:
  bool arrives(const Buffer& packet, std::string_view address, std::string_view payload);

  World& world_;
  relay::Client id_;
  Login login_;
  std::string nonce_;
};

}  // namespace turnpike::test
