# The verbs, for people and CI alike; `make` alone lists them, by the locale in Chinese (#:) or in English (##).
PYTHON := python3
# What of the environment counts says host/environment.py; PYTHONHOME alone would keep Python from starting at all.
HOST := $(PYTHON) -X utf8 -E -s -m host
IN_VENV := $(HOST) python

# What stands in a variable arrives as it was typed: neither make nor a shell reads it.
TYPED := SEAT CMD CLASS LIMIT LAB NAMES RUNS PROVIDER PROVISIONER SEATS GOLDEN YES HOSTS COUNT SEED OWNER ARCHIVE
# One that is given, if only as nothing.
GIVEN := $(foreach name,$(TYPED),$(if $(filter undefined,$(origin $(name))),,$(name)))
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
export $(GIVEN)
# The option for one that is given: what says nothing is refused, and does not mean all, as none at all may.
given = $(if $(filter $1,$(GIVEN)),--$2="$$$1")
CLASSROOM := $(IN_VENV) classroom $(call given,CLASS,class)
LIMITED := $(call given,LIMIT,limit)
AGREED := $(call given,YES,yes)
SEATED := $(call given,SEAT,seat)

# make up PROVIDER=docker PROVISIONER=ansible_local SEATS=2 means the settings provider, provisioner and seats.
ifdef PROVIDER
export COURSEBOX_PROVIDER := $(PROVIDER)
endif
ifdef PROVISIONER
export COURSEBOX_PROVISIONER := $(PROVISIONER)
endif
ifdef SEATS
export COURSEBOX_SEATS := $(SEATS)
endif
ifdef GOLDEN
export COURSEBOX_IMAGE := $(if $(filter-out 1,$(GOLDEN)),$(GOLDEN),golden)
endif

.DEFAULT_GOAL := help
# Verbs of one line wait for each other, also under `make -j`, but for the long tests that `make test` starts side by side.
ifndef SIDE_BY_SIDE
.NOTPARALLEL:
endif
.PHONY: help up ssh image box serve-boxes mirrors slips provision collect report watch-class regrade reset remove restore down venv tools check lint unit check-lab machines e2e hosts kills boxes test bench release

#: 列出这些命令
help: ## List the verbs
	@awk -F ':.*## ' -v speaks="$$($(PYTHON) -X utf8 -E -s -m lab.i18n)" '/^#: / { chinese = substr($$0, 4) } \
	  /^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, speaks == "zh" ? chinese : $$2 }' Makefile

#: 让课程机器可用：缺什么装什么，再配置好 [PROVIDER=docker|libvirt|virtualbox] [PROVISIONER=ansible_local] [SEATS=n]
up: ## Bring the course machine up and provision it [PROVIDER=docker|libvirt|virtualbox] [PROVISIONER=ansible_local] [SEATS=n]
	@$(HOST) up

#: 以学生账号登录，或只运行一条命令 [SEAT=seat01] [CMD='…']
ssh: ## Log in as the course user, or run one command [SEAT=seat01] [CMD='…']
	@$(HOST) ssh $(SEATED) --cmd="$$CMD"

#: 制作容器座位的镜像：基础的，或装好课程的 [GOLDEN=1]
image: ## Make the image of container seats: base, or golden with the course on it [GOLDEN=1]
	@$(HOST) image

#: 制作 libvirt 和 VirtualBox 虚拟机的 box：基础的，或装好课程的 [GOLDEN=1]
box: ## Build the box of virtual machines, for libvirt and VirtualBox: base, or golden with the course on it [GOLDEN=1]
	@$(HOST) box

#: 在教室的网络上提供 box，直到按 ctrl-c
serve-boxes: ## Serve the boxes on the classroom's network until ctrl-c
	@$(HOST) serve-boxes

#: 从每个座位问一遍：哪些镜像和缓存有回答 [CLASS=…] [LIMIT=…]
mirrors: venv ## Ask from every seat which mirrors and caches answer [CLASS=…] [LIMIT=…]
	@$(CLASSROOM) mirrors $(LIMITED)

#: 写出登录条：每个学生一张，有座位和密码，可以打印 [CLASS=inventories/…]
slips: venv ## Write one slip a student, with seat and password, to print [CLASS=inventories/…]
	@$(CLASSROOM) slips

#: 配置一个班的座位 [CLASS=inventories/…] [LIMIT=seat07]
provision: venv ## Provision a class's seats [CLASS=inventories/…] [LIMIT=seat07]
	@$(CLASSROOM) provision $(LIMITED)

#: 收每个学生的作业和进度 [CLASS=…] [LIMIT=…]
collect: venv ## Bring each student's work and progress here [CLASS=…] [LIMIT=…]
	@$(CLASSROOM) collect $(LIMITED)

#: 写出班级看板：网页和 CSV 表格 [CLASS=…] [LIMIT=…]
report: venv ## Write the class board, as a page and as CSV [CLASS=…] [LIMIT=…]
	@$(CLASSROOM) report $(LIMITED)

#: 让班级看板保持最新，直到按 ctrl-c [CLASS=…] [LIMIT=…]
watch-class: venv ## Keep the class board fresh until ctrl-c [CLASS=…] [LIMIT=…]
	@$(CLASSROOM) watch-class $(LIMITED)

#: 在一个全新的座位上，把收到的作业再检查一遍 [CLASS=…]
regrade: venv ## Check what was collected once more, on a fresh seat [CLASS=…]
	@$(CLASSROOM) regrade

#: 先收作业、存档，再让实验从头开始 [CLASS=…] [LIMIT=…] [LAB=…] [YES=1]
reset: venv ## Let labs begin anew, after the work was collected and archived [CLASS=…] [LIMIT=…] [LAB=…] [YES=1]
	@$(CLASSROOM) reset $(LIMITED) $(call given,LAB,lab) $(AGREED)

#: 先给学生的主目录存档，再移除账号、公钥和密码 [CLASS=…] LIMIT=seat07 [OWNER=学号] [YES=1]
remove: venv ## Archive a student's home, then remove account, key and password [CLASS=…] LIMIT=seat07 [OWNER=number] [YES=1]
	@$(CLASSROOM) remove $(LIMITED) $(call given,OWNER,owner) $(AGREED)

#: 把存档的主目录恢复到学生的座位上 [CLASS=…] LIMIT=seat07 [ARCHIVE=文件]
restore: venv ## Bring an archived home back to its student's seat [CLASS=…] LIMIT=seat07 [ARCHIVE=file]
	@$(CLASSROOM) restore $(LIMITED) $(call given,ARCHIVE,archive)

#: 销毁这个 checkout 的机器；上面有学生的作业时会先问 [SEAT=seat02] [YES=1]
down: ## Destroy this checkout's machines; asks when students' work stands on them [SEAT=seat02] [YES=1]
	@$(HOST) down $(SEATED) $(AGREED)

venv:
	@$(HOST) venv

#: 在这台主机上安装测试要用的东西
tools: ## Install what tests need on this host
	@$(HOST) tools

define QUICK_LINT
$(IN_VENV) ruff check .
$(IN_VENV) ruff format --check .
$(IN_VENV) mypy host lab tests plugins bench classroom docs
$(IN_VENV) yamllint --strict .
endef

#: 给日常工作：lint 中快的部分，和大部分单元测试，大约两分钟
check: ## For daily work: the quick part of lint, and most unit tests, in about two minutes
	@$(HOST) venv ansible test
	$(QUICK_LINT)
	$(IN_VENV) pytest tests/unit -q -m 'not slow' --numprocesses 2 --dist loadfile

#: 检查风格、类型和元数据
lint: tools ## Check style, types and metadata
	$(QUICK_LINT)
	$(IN_VENV) ansiblelint
	.venv/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	git ls-files -z '*.sh' .ci/run host/coursebox host/ansible-playbook host/image/seat-init host/on_seat/ansible-playbook | xargs -0 .venv/bin/shellcheck
	.venv/bin/vermin --quiet --no-tips --violations -t=3.10- lab labfiles host plugins bench classroom docs

#: 运行不需要机器的测试
unit: tools ## Run the tests that need no machine
	$(IN_VENV) pytest tests/unit

#: 用几秒证明一个实验：初始文件通不过，解答通得过，每个已知的错误都有它的提示 LAB=5.3.2
check-lab: ## Prove one lab within seconds: its starter fails, its solution passes, each known mistake is told LAB=5.3.2
	@$(HOST) venv ansible test
	@$(IN_VENV) pytest -v --no-header --lab="$$LAB" \
	  tests/unit/test_tree.py tests/machine/test_exercises.py tests/machine/test_examples.py

#: 运行 Molecule：在 Debian 12、13 和 testing 上运行真正的 playbook
machines: tools ## Run Molecule: the real playbook on Debian 12, 13 and testing
	$(IN_VENV) molecule test --all

#: 运行端到端测试：make up、错误的输入、中途被杀掉的配置
e2e: tools ## Run the end-to-end tests: make up, bad input, provisioning killed half-way
	$(IN_VENV) pytest tests/e2e

#: 在全新的 Debian 主机上照 README 做一遍（容器里的容器）[HOSTS='bookworm or vagrant']
hosts: tools ## Carry the README out on bare Debian hosts, nested [HOSTS='bookworm or vagrant']
	$(IN_VENV) pytest tests/hosts -k "$$HOSTS" --durations=0 --durations-min=1

#: 在随机的时刻杀掉配置和教师的命令，每次再运行一遍都能做完 [COUNT=50] [SEED=…]
kills: tools ## Kill provisioning, and the instructor's verbs, at random moments, each completed by one more run [COUNT=50] [SEED=…]
	KILLS="$${COUNT:-50}" $(IN_VENV) pytest tests/e2e/test_interrupted.py tests/e2e/test_killed_verbs.py -k random -rw

#: 测试 box 和用它做的虚拟机
boxes: tools ## Run the tests of boxes and of the virtual machines made from them
	$(IN_VENV) pytest tests/boxes

# The host on which most can go wrong, of those that `make hosts` tries.
test: export HOSTS := no-vagrant
#: lint，再在真正的机器上运行这台主机能运行的全部测试
test: lint ## Lint, then every test that this host can run, on real machines
	@echo 'machines, unit, boxes, e2e and hosts: two at a time, each shown when it ends'
	@$(MAKE) --no-print-directory --jobs=2 --output-sync SIDE_BY_SIDE=1 machines unit boxes e2e hosts

#: 测量，在一次运行里并排比较 [NAMES='lab provisioning scale'] [RUNS=5]
bench: tools ## Measure, side by side in one run [NAMES='lab provisioning scale'] [RUNS=5]
	@$(HOST) venv ansible test bench
	set -f; $(IN_VENV) bench $${RUNS:+--runs="$$RUNS"} -- $$NAMES

#: 把这个版本的源代码打包，附校验和，给 build/release
release: ## Pack this version's source as an archive with its checksum, for build/release
	@$(HOST) release
