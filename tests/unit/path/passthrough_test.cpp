// Which connections are another server's, by name.
#include "turnpike/path/passthrough.hpp"

#include <gtest/gtest.h>

#include "turnpike/net/proxy_protocol.hpp"

namespace turnpike::path {
namespace {

const Endpoint kWeb = *Endpoint::parse("127.0.0.1:8443");
const Endpoint kShop = *Endpoint::parse("[2001:db8::1]:8444");

config::TlsConfig names() {
  config::TlsConfig config;
  config.passthrough = {{"www.example.org", kWeb}, {"*.example.org", kShop}};
  config.names = {{"turn.example.org", {"c", "k"}}};
  return config;
}

TEST(Passthrough, a_name_leads_where_the_configuration_says) {
  const Passthrough passthrough(names());
  EXPECT_EQ(passthrough.server_for("www.example.org"), kWeb);
  EXPECT_EQ(passthrough.server_for("shop.example.org"), kShop);
  EXPECT_EQ(passthrough.server_for("turn.example.org"), std::nullopt);
}

TEST(Passthrough, the_server_reads_the_clients_address_first_where_that_is_wanted) {
  config::TlsConfig config = names();
  const FiveTuple client{*ClientEndpoint::parse("192.0.2.1:56324"),
                         *ServerEndpoint::parse("198.51.100.7:443"),
                         Transport::tls,
                         {}};
  EXPECT_TRUE(Passthrough(config).begin_for(client).empty());
  config.passthrough_proxy_protocol = true;
  const auto begin = Passthrough(config).begin_for(client);
  EXPECT_EQ(net::parse_proxy_header(begin).value().ends, (net::ProxiedEnds{client.client, client.server}));
}

}  // namespace
}  // namespace turnpike::path
