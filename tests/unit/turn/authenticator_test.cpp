// Who signed a request: which keys are tried, in which order, and how the answer will be signed.
#include "turnpike/turn/authenticator.hpp"

#include <gtest/gtest.h>

#include "rfc/messages.hpp"

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using stun::PasswordAlgorithm;
using test::Buffer;
using test::Signing;
using test::text;

const ClientEndpoint kClient = test::at("198.51.100.1:4000");
const Now kNow{TimePoint(seconds(5000)), 1'700'000'000};

// Every name has the same credentials.
struct Source final : CredentialSource {
  std::vector<Credential> credentials;
  mutable int lookups = 0;

  void find(std::string_view, std::vector<Credential>& out) const override {
    ++lookups;
    out.insert(out.end(), credentials.begin(), credentials.end());
  }
  void find_userhash(Bytes, std::vector<Credential>& out) const override { find("", out); }
  bool supports_userhash() const override { return true; }
  bool empty() const override { return credentials.empty(); }
};

Credential credential(std::string password, std::optional<UnixSeconds> expires = {}) {
  return {"user", std::move(password), "id", expires};
}

stun::Key key(std::string_view password, PasswordAlgorithm algorithm = PasswordAlgorithm::sha256) {
  return stun::long_term_key(algorithm, "user", "realm", password);
}

struct Desk {
  explicit Desk(CheckExpiry check = CheckExpiry::allocate)
      : authenticator("realm", {{}, seconds(3600)}, check) {}

  Signing signing(std::string_view password) const {
    Signing made;
    made.username = text("user");
    made.realm = text("realm");
    made.nonce = text(authenticator.fresh_nonce(kClient, source, kNow));
    made.algorithms = test::kAlgorithmList;
    made.algorithm = test::kSha256Choice;
    made.key = key(password);
    return made;
  }
  std::variant<Authenticated, Refused> ask(const Signing& signing, const Identity* owner = nullptr,
                                           stun::Method method = stun::Method::refresh,
                                           const Now& now = kNow) const {
    const Buffer bytes = test::message(method, stun::Class::request, test::next_id(), {}, &signing);
    return authenticator.authenticate(*stun::MessageView::parse(bytes), kClient, source, owner, now);
  }
  int code(const Signing& signing, const Identity* owner = nullptr,
           stun::Method method = stun::Method::refresh, const Now& now = kNow) const {
    const auto verdict = ask(signing, owner, method, now);
    const Refused* refused = std::get_if<Refused>(&verdict);
    return refused == nullptr ? 0 : static_cast<int>(code_of(refused->cause));
  }

  Authenticator authenticator;
  Source source;
};

TEST(Authenticator, every_credential_of_a_name_is_tried_CRED_03) {
  Desk desk;
  desk.source.credentials = {credential("new"), credential("old")};
  for (const char* password : {"new", "old"}) {
    const auto verdict = desk.ask(desk.signing(password));
    const auto& signer = std::get<Authenticated>(verdict);
    EXPECT_EQ(signer.identity.username, "user");
    EXPECT_EQ(signer.identity.user_id, "id");
    EXPECT_EQ(signer.identity.key, key(password));
    EXPECT_EQ(signer.signature.key, key(password));
    EXPECT_TRUE(signer.signature.sha256);
  }
  EXPECT_EQ(desk.code(desk.signing("other")), 401);
}

TEST(Authenticator, the_owners_key_is_tried_before_any_look_up_AUTH_40) {
  Desk desk;
  const Identity owner{"user", "id", NameKind::personal, key("kept"), PasswordAlgorithm::sha256, {}};
  EXPECT_EQ(desk.code(desk.signing("kept"), &owner), 0);
  EXPECT_EQ(desk.source.lookups, 0);
  EXPECT_EQ(desk.code(desk.signing("kept")), 401);
  EXPECT_EQ(desk.source.lookups, 1);

  Identity of_another_name = owner;
  of_another_name.username = "other";
  Identity of_md5 = owner;
  of_md5.algorithm = PasswordAlgorithm::md5;
  EXPECT_EQ(desk.code(desk.signing("kept"), &of_another_name), 401);
  EXPECT_EQ(desk.code(desk.signing("kept"), &of_md5), 401);
}

TEST(Authenticator, the_response_is_signed_as_the_choice_of_algorithm_says_INT_15_INT_16) {
  Desk desk;
  desk.source.credentials = {credential("pass")};
  Signing old = desk.signing("pass");
  old.algorithms = old.algorithm = std::nullopt;
  old.key = key("pass", PasswordAlgorithm::md5);
  const auto verdict = desk.ask(old);
  EXPECT_FALSE(std::get<Authenticated>(verdict).signature.sha256);
  EXPECT_EQ(std::get<Authenticated>(verdict).identity.algorithm, PasswordAlgorithm::md5);
}

TEST(Authenticator, expiry_matters_at_allocate_or_always_AUTH_39) {
  for (const auto check : {CheckExpiry::allocate, CheckExpiry::always}) {
    Desk desk(check);
    desk.source.credentials = {credential("pass", kNow.unix_s + 10)};
    const Now last{kNow.monotonic, kNow.unix_s + 9};
    const Now over{kNow.monotonic, kNow.unix_s + 10};
    EXPECT_EQ(desk.code(desk.signing("pass"), nullptr, stun::Method::allocate, last), 0);
    EXPECT_EQ(desk.code(desk.signing("pass"), nullptr, stun::Method::allocate, over), 401);
    EXPECT_EQ(desk.code(desk.signing("pass"), nullptr, stun::Method::refresh, over),
              check == CheckExpiry::always ? 401 : 0);
  }
}

TEST(Authenticator, nonces_of_another_realm_are_foreign_and_the_new_one_is_learnt_by_that_AUTH_04) {
  Desk desk;
  desk.source.credentials = {credential("pass")};
  const Signing before = desk.signing("pass");
  EXPECT_EQ(desk.code(before), 0);
  desk.authenticator.set_realm("another");
  EXPECT_EQ(std::get<Refused>(desk.ask(before)).cause, Cause::foreign_nonce);
  EXPECT_EQ(desk.authenticator.realm(), "another");
}

TEST(Authenticator, only_a_stale_nonce_under_a_good_hmac_is_refused_with_a_signature_AUTH_19) {
  Desk desk;
  desk.source.credentials = {credential("pass")};
  const Now later{kNow.monotonic + seconds(3600), kNow.unix_s + 3600};
  const auto stale = desk.ask(desk.signing("pass"), nullptr, stun::Method::refresh, later);
  EXPECT_EQ(std::get<Refused>(stale).cause, Cause::stale_nonce);
  EXPECT_EQ(std::get<Refused>(stale).signature->key, key("pass"));
  Signing forged = desk.signing("pass");
  forged.nonce = text("forged");
  const auto verdict = desk.ask(forged);
  EXPECT_EQ(std::get<Refused>(verdict).cause, Cause::foreign_nonce);
  EXPECT_FALSE(std::get<Refused>(verdict).signature);
}

TEST(Authenticator, a_refusal_says_whom_the_request_names_and_whether_that_was_shown) {
  Desk desk;
  desk.source.credentials = {credential("pass", kNow.unix_s + 10)};
  const Now over{kNow.monotonic, kNow.unix_s + 10};
  const Now later{kNow.monotonic + seconds(3600), kNow.unix_s};
  Signing nameless = desk.signing("pass");
  nameless.username.reset();
  const struct {
    const char* name;
    Signing signing;
    Now now;
    const char* user;
    bool shown;
  } cases[] = {
      {"a wrong password", desk.signing("other"), kNow, "id", false},
      {"an expired credential", desk.signing("pass"), over, "id", true},
      {"a stale nonce", desk.signing("pass"), later, "id", true},
      {"a stale nonce and a wrong password", desk.signing("other"), later, "id", false},
      {"no name", nameless, kNow, "", false},
  };
  for (const auto& [name, signing, now, user, shown] : cases) {
    const auto verdict = desk.ask(signing, nullptr, stun::Method::allocate, now);
    EXPECT_EQ(std::get<Refused>(verdict).user, user) << name;
    EXPECT_EQ(std::get<Refused>(verdict).user_is_proven, shown) << name;
  }
  desk.source.credentials.clear();
  const auto unknown = desk.ask(desk.signing("pass"));
  EXPECT_EQ(std::get<Refused>(unknown).user, "user");
}

}  // namespace
}  // namespace turnpike::turn
