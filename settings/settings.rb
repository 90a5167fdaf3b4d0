# Reads the settings for the Vagrantfile: defaults, then settings/local.yml, then COURSEBOX_* variables.
# host/settings.py reads the same files by the same rules, before Vagrant is there.
require "json"
require "yaml"

module Coursebox
  HERE = __dir__

  # An error whose message Vagrant prints alone, without a trace.
  class SettingsError < Vagrant::Errors::VagrantError
    def initialize(text)
      @text = text
      super()
    end

    def to_s
      @text
    end
  end

  # Returns the merged settings (a Hash of String to String); raises SettingsError for a key that nobody knows or a
  # value that its rule refuses.
  def self.settings(environment = ENV)
    rules = JSON.parse(File.read(File.join(HERE, "rules.json"), encoding: "UTF-8"))
    merged = read("defaults.yml").merge(read("local.yml"))
    environment.each do |name, value|
      merged[name.delete_prefix("COURSEBOX_").downcase] = value if name.start_with?("COURSEBOX_")
    end
    merged.each { |key, value| verify(rules, key, value.to_s) }
    merged.transform_values(&:to_s)
  end

  # Returns the provider that a plain `vagrant up` takes: the one that the settings name; for `auto` docker where no
  # hypervisor stands, else nil, and Vagrant itself chooses among those that work.
  def self.provider(settings)
    return settings.fetch("provider") unless settings.fetch("provider") == "auto"

    hypervisors = driver == "kvm" ? %w[VBoxManage vmrun prlctl virsh] : %w[VBoxManage vmrun prlctl]
    hypervisor = hypervisors.any? { |command| Vagrant::Util::Which.which(command) }
    hypervisor || Vagrant::Util::Platform.windows? ? nil : "docker"
  end

  # Returns name, URL and version of the box of virtual machines, empty where Vagrant shall decide: the settings' box,
  # else this checkout's own (host/box), else, on a host that cannot build one, the public one.
  def self.box(settings)
    named = settings.values_at("box", "box_url", "box_version")
    return named unless named.first.empty?
    unless named.join.empty?
      raise SettingsError, "设置项 box_url 和 box_version 要和 box 一起写：请写明 box 的名字，例如 coursebox/noble。"
    end

    arm = settings.fetch("architecture") == "arm64" ||
          (settings.fetch("architecture") == "auto" && RbConfig::CONFIG["host_cpu"].match?(/arm64|aarch64/))
    own = settings.fetch("suite") + (settings.fetch("image") == "golden" ? "-golden" : "") + (arm ? "-arm64" : "")
    catalogue = File.join(File.dirname(HERE), "build/boxes/#{own}.json")
    return ["bento/ubuntu-24.04", "", ""] unless File.exist?(catalogue) || Vagrant::Util::Which.which("apt-get")

    version = File.exist?(catalogue) ? JSON.parse(File.read(catalogue))["versions"][0]["version"] : ""
    ["coursebox/#{own}", "file://#{catalogue}", version]
  end

  # Returns libvirt's driver: kvm where the processor really virtualises (host/libvirt.py asks the same), else qemu.
  def self.driver
    flags = File.exist?("/proc/cpuinfo") ? File.read("/proc/cpuinfo") : ""
    File.writable?("/dev/kvm") && flags.match?(/\b(vmx|svm)\b/) ? "kvm" : "qemu"
  end

  # Returns Vagrant's provisioner: for `auto` Ansible on the host, or in the machine where the host is Windows.
  def self.provisioner(settings)
    return settings.fetch("provisioner") unless settings.fetch("provisioner") == "auto"

    Vagrant::Util::Platform.windows? ? "ansible_local" : "ansible"
  end

  def self.read(name)
    path = File.join(HERE, name)
    File.exist?(path) ? YAML.safe_load(File.read(path, encoding: "UTF-8")) || {} : {}
  end

  def self.verify(rules, key, value)
    rule = rules[key] or raise SettingsError, "设置项 #{key} 不存在。可用的设置项：#{rules.keys.join(' ')}"
    return if value.match?(/\A(?:#{rule.fetch('pattern')})\z/)

    raise SettingsError, "设置项 #{key} 的值 #{value.inspect} 不能用：#{rule.fetch('cure')}。"
  end
end
