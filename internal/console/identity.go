// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// The ways in which an operator is known.
const (
	viaSession = "session"
	viaToken   = "token"
)

// Identity is who asks.
type Identity struct {
	operator.Operator
	// Via is "session" for a browser, "token" for a program.
	Via string
	// Expires is when the session or token ends; zero for a token without end.
	Expires time.Time
	// Language is the tag in which refusals are worded.
	Language string
	// secret is the hash of the session's secret; zero for a token.
	secret operator.SecretHash
}

// LanguageCookie holds the language that a person chose on the pages.
const LanguageCookie = "tocsin_language"

// Language gives the language of a request: what the person chose, else what
// the browser prefers.
func Language(r *http.Request) string {
	if cookie, err := r.Cookie(LanguageCookie); err == nil && cookie.Value != "" {
		return catalogue.For(cookie.Value).Tag()
	}
	return catalogue.Match(r.Header.Get("Accept-Language"))
}

// cookieName is that of the session. The prefix makes browsers refuse it unless
// it is Secure and for this host alone (RFC 6265bis, section 4.1.3.2).
func (s *Service) cookieName() string {
	if s.o.Secure {
		return "__Host-tocsin_session"
	}
	return "tocsin_session"
}

func (s *Service) cookie(secret string, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: secret, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: s.o.Secure, SameSite: http.SameSiteStrictMode,
	}
}

// Identify gives who sends the request: by bearer token when there is one, else
// by session cookie. The error is a *problem.Error: Unauthenticated.
func (s *Service) Identify(r *http.Request) (Identity, error) {
	now := s.o.Now()
	who := Identity{Language: Language(r)}
	refuse := func(message, remedy string) (Identity, error) {
		return Identity{}, problem.New(problem.Unauthenticated, who.text(message), who.text(remedy))
	}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		hash, err := operator.ParseToken(strings.TrimSpace(secret))
		if !strings.EqualFold(scheme, "Bearer") || err != nil {
			return refuse("api.token.unreadable", "api.token.unreadable.remedy")
		}
		var token operator.Token
		ok := false
		s.ledger.View(func() { who.Operator, token, ok = s.view.directory.Bearer(hash, now) })
		if !ok {
			return refuse("api.token.wrong", "api.token.wrong.remedy")
		}
		who.Via, who.Expires = viaToken, token.Expires
		return who, nil
	}
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return refuse("api.session.none", "api.session.remedy")
	}
	hash, err := operator.ParseSession(cookie.Value)
	if err != nil {
		return refuse("api.session.none", "api.session.remedy")
	}
	var session operator.Session
	ok := false
	s.ledger.View(func() { who.Operator, session, ok = s.view.directory.Session(hash, now) })
	if !ok {
		return refuse("api.session.over", "api.session.remedy")
	}
	who.Via, who.Expires, who.secret = viaSession, session.Expires, hash
	return who, nil
}

// SignIn opens a session for whoever knows the password. It gives the cookie to
// set. r says where the attempt comes from.
func (s *Service) SignIn(ctx context.Context, r *http.Request, in SignIn) (*http.Cookie, error) {
	who := Identity{Language: Language(r)}
	in.Name = strings.TrimSpace(in.Name)
	from := address(r, s.o.BehindProxy)
	attempt, err := s.signIns.begin(in.Name, from)
	if err != nil {
		return nil, tooMany(who, err)
	}
	var o operator.Operator
	known := false
	s.ledger.View(func() { o, known = s.view.directory.Operator(in.Name) })
	// An unknown, disabled or password-less account takes the same time as a
	// wrong password, so that nobody learns from it which accounts there are.
	hash := o.PasswordHash
	usable := known && !o.Disabled && hash != ""
	if !usable {
		hash = s.signIns.decoy
	}
	matches, err := s.signIns.match(ctx, in.Password, hash)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, who.text("api.sign-in.busy"), who.text("api.sign-in.busy.remedy"))
	}
	if !matches || !usable {
		// The name stays out of the log: people type passwords into its field.
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "sign-in refused", slog.String("from", from))
		return nil, problem.New(problem.Unauthenticated, who.text("api.sign-in.wrong"), who.text("api.sign-in.wrong.remedy"))
	}
	who.Operator = o
	cookie, err := s.open(ctx, who)
	if err == nil {
		attempt.succeeded()
	}
	return cookie, err
}

// open opens a session for whoever was found to be who they are.
func (s *Service) open(ctx context.Context, who Identity) (*http.Cookie, error) {
	secret, hash := operator.NewSession()
	expires := s.o.Now().Add(operator.SessionLife - time.Minute).UTC()
	if _, err := s.do(ctx, who, operator.CommandStartSession, operator.StartSession{Hash: hash, Expires: expires}); err != nil {
		return nil, err
	}
	return s.cookie(secret, operator.SessionLife), nil
}

// SignOut ends the session of whoever asks. It gives the cookie that clears
// theirs. A token is not ended: it is revoked.
func (s *Service) SignOut(ctx context.Context, who Identity) (*http.Cookie, error) {
	if who.Via != viaSession {
		return nil, problem.New(problem.Conflict, who.text("api.sign-out.token"), who.text("api.sign-out.token.remedy"))
	}
	_, err := s.do(ctx, who, operator.CommandEndSession, operator.SessionEnded{Hash: who.secret})
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return nil, err
	}
	gone := s.cookie("", 0)
	gone.MaxAge = -1
	return gone, nil
}

// Me says who asks, and whose node this is.
func (s *Service) Me(who Identity) Me {
	return Me{
		Name: who.Name, FullName: who.FullName, Roles: who.Roles, Keys: listed(who.ActiveKeys()), Signing: s.signing(), BreakGlass: breakGlass(who.Operator),
		Via: who.Via, Expires: who.Expires, Authority: s.authority(), ServerTime: s.o.Now().UTC(),
	}
}

// text words a key of the catalogue for the person who asks.
func (who Identity) text(key string, args ...any) string {
	return catalogue.For(who.Language).T(key, args...)
}

// listed makes an empty list of none, so that the API always has the member.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
