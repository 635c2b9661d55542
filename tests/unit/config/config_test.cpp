// Computed defaults.
#include "turnpike/config/config.hpp"

#include <gtest/gtest.h>

namespace turnpike::config {
namespace {

TEST(AllAddresses, are_those_of_both_families) {
  EXPECT_EQ(all_addresses(443), (std::vector{*Endpoint::parse("0.0.0.0:443"), *Endpoint::parse("[::]:443")}));
}

TEST(HasPlainHttp, where_there_is_something_to_serve_without_TLS) {
  Config config;
  EXPECT_FALSE(has_plain_http(config));
  config.listen.tls = all_addresses(443);
  EXPECT_FALSE(has_plain_http(config)) << "a plain page is not worth a way to it";
  config.http.check_page = "/check";
  EXPECT_TRUE(has_plain_http(config));
  config.listen.tls.clear();
  EXPECT_FALSE(has_plain_http(config));
  config.http = {};
  config.http.upstream = {{.server = all_addresses(7880).front()}};
  EXPECT_FALSE(has_plain_http(config));
  config.listen.tls = all_addresses(443);
  EXPECT_TRUE(has_plain_http(config));
  config.http = {};
  config.http.acme_webroot = "/var/www";
  EXPECT_TRUE(has_plain_http(config));
  config.listen.tls.clear();
  EXPECT_TRUE(has_plain_http(config)) << "the first certificate is to be had yet";
}

}  // namespace
}  // namespace turnpike::config
