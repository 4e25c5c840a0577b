# make install PREFIX=/usr/local [DESTDIR=...]: CLI, library, header, pkg-config file, guests, completions.

.PHONY: install uninstall
INSTALL_BASH := share/bash-completion/completions/capsule
INSTALL_ZSH := share/zsh/site-functions/_capsule
INSTALL_FISH := share/fish/vendor_completions.d/capsule.fish
DESTINATION = $(DESTDIR)$(PREFIX)

install: all library
	@tools/build/install.sh "$(DESTDIR)" "$(PREFIX)" "$(VERSION)"
	@for shell in bash:$(INSTALL_BASH) zsh:$(INSTALL_ZSH) fish:$(INSTALL_FISH); do \
	    target="$(DESTINATION)/$${shell#*:}"; mkdir -p "$${target%/*}"; \
	    $(BUILD)/capsule completion "$${shell%%:*}" >"$$target" || exit 1; done
	@echo "installed capsule $(VERSION) below $(DESTINATION)"

uninstall:
	rm -f "$(DESTINATION)/bin/capsule" "$(DESTINATION)/include/capsule.h" "$(DESTINATION)"/lib/libcapsule.* \
	    "$(DESTINATION)/lib/pkgconfig/capsule.pc" "$(DESTINATION)/$(INSTALL_BASH)" "$(DESTINATION)/$(INSTALL_ZSH)" \
	    "$(DESTINATION)/$(INSTALL_FISH)"
	rm -rf "$(DESTINATION)/lib/capsule"
