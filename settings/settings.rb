# Reads the settings for the Vagrantfile: defaults, then settings/local.yml, then COURSEBOX_* variables.
# host/settings.py reads the same files by the same rules, before Vagrant is there.
require "json"
require "tempfile"
require_relative "i18n"

module Coursebox
  # In a locale without UTF-8 Ruby takes a path for something else.
  HERE = __dir__.dup.force_encoding("UTF-8").freeze
  LINE = /\A(?<key>[A-Za-z_][A-Za-z0-9_]*):(?:[ \t]+(?<value>.*))?\z/m.freeze
  QUOTED = /\A(?:'(?<single>(?:[^']|'')*)'|"(?<double>(?:[^"\\]|\\["\\])*)")(?:[ \t]+#.*)?\z/m.freeze
  WHOLE_NUMBER = "[1-9][0-9]{0,8}".freeze

  # An error whose message Vagrant prints alone, without a trace.
  class SettingsError < Vagrant::Errors::VagrantError
    # Takes a message and its values, or text of another program's as it is.
    def initialize(text, **values)
      @text = Coursebox.translated(text, **values)
      super()
    end

    def to_s
      @text
    end
  end

  # Returns the merged settings (a Hash of String to String); raises SettingsError for a key that nobody knows or a
  # value that its rule refuses.
  def self.settings(environment = ENV)
    rules = self.rules
    merged = %w[defaults.yml local.yml].map { |name| read(File.join(HERE, name)) }.reduce(:merge)
    environment.each do |name, value|
      next unless name.start_with?("COURSEBOX_")
      if name != name.upcase
        raise SettingsError.new("环境变量 {name} 要用大写字母写：{variable}。", name: name, variable: name.upcase)
      end

      merged[name.delete_prefix("COURSEBOX_").downcase] = value.dup.force_encoding("UTF-8")
    end
    merged.each { |key, value| verify(rules, key, value) }
  end

  # Returns the rule of each setting: the pattern of its values, their least and greatest, and the fix for others.
  def self.rules
    load = ->(name) { JSON.parse(File.read(File.join(HERE, name), encoding: "UTF-8")) }
    load.call("rules.json").each_value do |rule|
      if rule.key?("min")
        unit = rule.key?("unit") ? translated("（{unit}）", unit: rule["unit"]) : ""
        fix = translated("写 {min} 到 {max} 的整数{unit}", min: rule["min"], max: rule["max"], unit: unit)
        rule.update("pattern" => WHOLE_NUMBER, "fix" => fix)
      end
      if rule.key?("auto_or")
        found = Dir.glob("[a-z]*.py", base: File.join(HERE, rule["auto_or"])).map { |file| file.delete_suffix(".py") }.sort
        fix = translated("写 auto，或 {found} 之一", found: found.join(translated("、")))
        rule.update("pattern" => ["auto", *found].join("|"), "fix" => fix)
      end
      next unless rule.key?("one_of")

      known = load.call(rule["one_of"])
      named = known.map do |name, facts|
        note = facts["for_tests"] ? translated("，仅供测试") : ""
        translated("{name}（{title}{note}）", name: name, title: facts["title"], note: note)
      end
      fix = translated("写 {named} 之一", named: named.join(translated("、")))
      rule.update("pattern" => known.keys.join("|"), "fix" => fix)
    end
  end

  # Returns which of a machine's ports the settings of that name reach.
  def self.ports
    rules.transform_values { |rule| rule["reaches"] }.compact
  end

  # Returns a file that nobody else may read with the roles' variables, whose text Ansible takes neither for a template nor
  # for a number (host/provision.py writes the same); it goes when Vagrant ends.
  def self.variables(roles)
    @variables ||= Tempfile.new(["coursebox", ".yml"]).tap do |file|
      file.write(JSON.generate(roles.transform_values { |value| { "__ansible_unsafe" => value } }))
      file.close
    end
    @variables.path
  end

  # Returns the path of a script after making it executable, which unpacking a ZIP does not.
  def self.executable(path)
    File.chmod(0o755, path) unless File.executable?(path)
    path
  end

  # Returns the provider that a plain `vagrant up` takes: the one that the settings name; for `auto` docker where no
  # hypervisor stands, else nil, and Vagrant itself chooses among those that work. host/providers is not asked, since a Windows host may have
  # no Python.
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
    metadata = File.join(File.dirname(HERE), "build/boxes/#{own}.json")
    return ["bento/ubuntu-24.04", "", ""] unless File.exist?(metadata) || Vagrant::Util::Which.which("apt-get")

    version = File.exist?(metadata) ? JSON.parse(File.read(metadata))["versions"][0]["version"] : ""
    ["coursebox/#{own}", "file://#{metadata}", version]
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

  # Returns the keys and values of a flat file, by the grammar of host/settings.py.
  def self.read(path)
    values = {}
    lines = {}
    File.binread(path).delete_prefix("\xEF\xBB\xBF".b).split("\n", -1).each.with_index(1) do |raw, number|
      where = translated("{path} 第 {number} 行", path: path, number: number)
      line = raw.force_encoding("UTF-8")
      raise SettingsError.new("{where}不是 UTF-8：请用 UTF-8 编码另存一次。", where: where) unless line.valid_encoding?

      indented = line.start_with?(" ", "\t")
      line = line.delete_suffix("\r").gsub(/\A[ \t]+|[ \t]+\z/, "")
      if line.match?(/[\x00-\x08\x0a-\x1f\x7f]/)
        raise SettingsError.new("{where}有控制字符，或者文件不是 UTF-8：请用 UTF-8 编码另存一次。", where: where)
      end
      next if line.empty? || line.start_with?("#") || line == "---"

      match = LINE.match(line)
      if match.nil? || indented
        raise SettingsError.new("{where}看不懂：{shown}。每行顶格写一个“设置项: 值”。", where: where, shown: line.inspect)
      end

      key = match[:key]
      if values.key?(key)
        raise SettingsError.new("{where}又写了一次设置项 {key}（第 {line} 行已经写过）：请删去一行。",
                                where: where, key: key, line: lines[key])
      end

      lines[key] = number
      values[key] = scalar(match[:value].to_s.gsub(/\A[ \t]+|[ \t]+\z/, ""), where)
    end
    values
  rescue Errno::ENOENT
    {}
  rescue SystemCallError => e
    raise SettingsError.new("读不了 {path}（{reason}）：它要是一个读得了的文本文件。", path: path, reason: e.class.new.message)
  end

  def self.scalar(text, where)
    return text.sub(/(?:\A|[ \t]+)#.*\z/m, "") unless text.start_with?("'", '"')

    match = QUOTED.match(text)
    if match.nil?
      raise SettingsError.new("{where}的引号看不懂：{shown}。单引号里用 '' 表示一个单引号，双引号里用 \\\" 和 \\\\。",
                              where: where, shown: text.inspect)
    end
    match[:single] ? match[:single].gsub("''", "'") : match[:double].gsub(/\\(.)/, '\1')
  end

  def self.verify(rules, key, value)
    rule = rules[key] or raise SettingsError.new("设置项 {shown} 不存在。{hint}可用的设置项：{rules}",
                                                 shown: key.inspect, hint: "", rules: rules.keys.join(" "))
    fits = value.valid_encoding? && value.match?(/\A(?:#{rule.fetch('pattern')})\z/)
    return if fits && (!rule.key?("min") || value.to_i.between?(rule["min"], rule["max"]))

    raise SettingsError.new("设置项 {key} 的值 {shown} 不能用：{fix}。",
                            key: key, shown: value.inspect, fix: translated(rule.fetch("fix")))
  end
end
