// The table of keys against the manual, and its own order.
#include "turnpike/config/keys.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "unit/config/config_files.hpp"
#include "vectors_folder.hpp"

namespace turnpike::config {
namespace {

std::filesystem::path manual() {
  return std::filesystem::path(test::vectors_folder()).parent_path().parent_path() / "conf" / "turnpike.yaml";
}

// Names of keys in the order of the file.
void collect(const YAML::Node& map, const std::string& section, std::vector<std::string>& names) {
  for (const auto& pair : map) {
    const std::string name = section + pair.first.Scalar();
    if (is_section(name)) {
      collect(pair.second, name + ".", names);
    } else {
      names.push_back(name);
    }
  }
}

TEST(ConfigKeys, are_those_of_the_manual_in_its_order) {
  std::vector<std::string> in_manual;
  collect(YAML::LoadFile(manual().string()), "", in_manual);
  std::vector<std::string> in_program;
  for (const Key& key : all_keys()) in_program.emplace_back(key.name);
  EXPECT_EQ(in_manual, in_program);
}

TEST(ConfigKeys, have_the_defaults_of_the_manual) { EXPECT_EQ(load_config(manual().string(), {}), Config{}); }

TEST(ConfigKeys, have_variables_that_differ) {
  std::set<std::string> names;
  for (const Key& key : all_keys()) EXPECT_TRUE(names.insert(environment_name(key.name)).second) << key.name;
  EXPECT_TRUE(names.contains("TURNPIKE_RELAY_PORTS"));
  EXPECT_TRUE(names.contains("TURNPIKE_CREDENTIALS_REST_SECRETS_FILE"));
}

TEST(ConfigKeys, stand_together_by_section) {
  std::vector<std::string> sections;
  for (const Key& key : all_keys()) {
    const auto dot = key.name.find('.');
    const std::string section(dot == std::string_view::npos ? "" : key.name.substr(0, dot));
    if (section.empty() || (!sections.empty() && sections.back() == section)) continue;
    EXPECT_EQ(std::ranges::count(sections, section), 0) << section;
    sections.push_back(section);
  }
}

TEST(ConfigKeys, are_found_by_their_whole_name) {
  ASSERT_NE(find_key("relay.ports"), nullptr);
  EXPECT_EQ(find_key("relay.ports")->name, "relay.ports");
  for (const char* name : {"relay", "relay.port", "ports", ""}) EXPECT_EQ(find_key(name), nullptr) << name;
}

TEST(ConfigKeys, sections_are_no_keys) {
  EXPECT_TRUE(is_section("relay"));
  EXPECT_TRUE(is_section("fleet.redis"));
  for (const char* name : {"relay.ports", "rel", "realm", ""}) EXPECT_FALSE(is_section(name)) << name;
}

}  // namespace
}  // namespace turnpike::config
