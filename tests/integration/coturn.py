"""The test configuration as a command line of coturn: run with TEST_SERVER=coturn to see whether a test or turnpike is at fault."""


def coturn_command(server) -> list[str]:
    config = server.config
    command = ["turnserver", "-n", "--no-cli", "--no-dtls", "--log-file=stdout", "--allow-loopback-peers", "--no-rfc5780"]
    command += [f"--pidfile={server.directory}/coturn.pid", f"--userdb={server.directory}/coturn.db", "--relay-threads=2"]
    command += [f"--realm={config['realm']}", "--listening-ip=127.0.0.1", "--listening-ip=::1"]
    command += [f"--listening-port={server.port}", f"--tls-listening-port={server.tls_port}"]
    command += [f"--cert={config['tls']['certificate']}", f"--pkey={config['tls']['key']}"]
    command += [f"--relay-ip={address}" for address in config["relay"]["addresses"]]
    command += [f"--denied-peer-ip={cidr}" for cidr in config["peers"].get("deny", [])]
    return command + ["--lt-cred-mech"] + [f"--user={name}:{word}" for name, word in config["credentials"]["users"].items()]
