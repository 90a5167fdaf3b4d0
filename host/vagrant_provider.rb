# Vagrant's provider for container seats, for the Vagrantfile: the host tool makes and keeps them, Vagrant asks it.
# It takes the name of Vagrant's own docker provider, so that machines of older checkouts go on under the same name.
require "json"

module Coursebox
  # Gives Vagrant the provider; works in Vagrant 2.3 and 2.4.
  class SeatPlugin < Vagrant.plugin("2")
    name "coursebox-seats"
    provider(:docker, box_optional: true, parallel: true, defaultable: false) { SeatProvider }
    config(:docker, :provider) { SeatConfig }
  end

  # Nothing to say: what a seat is like, the settings say.
  class SeatConfig < Vagrant.plugin("2", :config)
  end

  # One container seat, named as Vagrant's machine is.
  class SeatProvider < Vagrant.plugin("2", :provider)
    STATES = { "running" => "在运行", "stopped" => "已关机（vagrant up 再开）", "absent" => "还没有建（vagrant up）" }.freeze

    def initialize(machine)
      @machine = machine
    end

    # Vagrant's Ansible provisioner asks a provider called docker whether the engine runs in a machine of its own.
    def host_vm?
      false
    end

    def action(name)
      method = "action_#{name}"
      return SeatActions.public_send(method) if SeatActions.respond_to?(method)

      raise SettingsError.new("座位是容器，没有 vagrant {name}：要停下用 vagrant halt，再开用 vagrant up", name: name)
    end

    # Runs `host seat ACTION NAME`; returns what it printed, and shows meanwhile what it is at. Raises SettingsError.
    def tool(action)
      said = +""
      done = Vagrant::Util::Subprocess.execute(
        "python3", "-m", "host", "seat", action, @machine.name.to_s, workdir: ROOT, notify: %i[stdout stderr]
      ) do |stream, text|
        next unless stream == :stderr

        said << text
        @machine.ui.detail(text.chomp)
      end
      raise SettingsError, said.lines.last(12).join unless done.exit_code.zero?

      done.stdout
    end

    def state
      known = JSON.parse(tool("state"))
      id = known["state"] == "absent" ? :not_created : known["state"].to_sym
      # Vagrant learns here what `make up` and `make down` did.
      @machine.id = known["container"] if @machine.id != known["container"]
      Vagrant::MachineState.new(id, known["state"], Coursebox.translated(STATES.fetch(known["state"])))
    end

    def ssh_info
      known = JSON.parse(tool("state"))
      return nil unless known["state"] == "running"

      { host: known["address"], port: known["port"], username: known["user"], private_key_path: known["identity_file"] }
    end
  end

  # What `vagrant up` and its like do.
  module SeatActions
    include Vagrant::Action::Builtin

    # Refuses where the machine is in none of the states.
    class Needs
      def initialize(app, _env, *states)
        @app = app
        @states = states
      end

      def call(env)
        state = env[:machine].state
        raise SettingsError, "#{env[:machine].name} #{state.long_description}" unless @states.include?(state.id)

        @app.call(env)
      end
    end

    # Lets the host tool do something to the machine.
    class Tool
      def initialize(app, _env, action)
        @app = app
        @action = action
      end

      def call(env)
        env[:machine].provider.tool(@action)
        env[:machine].state
        @app.call(env)
      end
    end

    def self.steps(*middlewares)
      Vagrant::Action::Builder.new.tap { |all| middlewares.each { |step| all.use(*step) } }
    end

    # Provision comes before what boots the machine, and does its work on the way back.
    def self.action_up
      steps([ConfigValidate], [Provision], [Tool, "up"])
    end

    def self.action_provision
      steps([ConfigValidate], [Needs, :running], [Provision])
    end

    def self.action_reload
      steps([ConfigValidate], [Needs, :running, :stopped], [Provision], [Tool, "halt"], [Tool, "up"])
    end

    def self.action_ssh
      steps([Needs, :running], [SSHExec])
    end

    def self.action_ssh_run
      steps([Needs, :running], [SSHRun])
    end

    def self.action_halt
      unless_absent { |rest| rest.use(Tool, "halt") }
    end

    def self.action_destroy
      unless_absent do |rest|
        rest.use(Call, DestroyConfirm) { |asked, last| last.use(Tool, "destroy") if asked[:result] }
      end
    end

    def self.unless_absent
      Vagrant::Action::Builder.new.tap do |all|
        all.use(Call, IsState, :not_created) do |env, rest|
          env[:result] ? rest.use(Message, Coursebox.translated(SeatProvider::STATES["absent"])) : yield(rest)
        end
      end
    end
  end
end
